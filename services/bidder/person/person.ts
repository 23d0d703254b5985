import { allows, CONSENT, type ConsentBits } from '../../shared/domain/consent/bits';
import type { IdentityText } from '../../shared/domain/records';
import type {
  IdentityEntry,
  Lookups,
  MaybePromise,
  MembershipRecord,
} from '../../shared/stores/lookups/lookups';

/** Why nobody's memberships may be used; the same names stand in the reasons against line items. */
export type Nobody = 'coppa' | 'consent_denied' | 'opted_out' | 'lookup_failed' | 'person_unknown';

/** Who a request is about. Line items with audiences bid on a known person only. */
export type Person =
  | {
      known: true;
      uid: number;
      iid: number;
      /** The identity that resolved. */
      identity: IdentityText;
      /** Undefined: a person without memberships. */
      record: MembershipRecord | undefined;
    }
  | { known: false; why: Nobody; error?: unknown };

const UNKNOWN: Person = { known: false, why: 'person_unknown' };
const OPTED_OUT: Person = { known: false, why: 'opted_out' };
const DENIED: Person = { known: false, why: 'consent_denied' };
export const CHILD: Person = { known: false, why: 'coppa' };

export interface PersonLookups {
  identities: Pick<Lookups['identities'], 'resolve'>;
  memberships: Pick<Lookups['memberships'], 'get'>;
}

/**
 * Finds the person in at most two round trips: the identities, then the record of the first that resolves. An
 * answer that is no promise costs none. Never rejects: a failure is `lookup_failed`, which is not the same as
 * unknown. Without permission nobody is looked up at all.
 */
export function findPerson(
  candidatesOf: () => readonly IdentityText[],
  consent: ConsentBits,
  lookups: PersonLookups,
): MaybePromise<Person> {
  if (!allows(consent, 'personalisation')) return DENIED;
  const candidates = candidatesOf();
  if (candidates.length === 0) return UNKNOWN;
  try {
    const entries = lookups.identities.resolve(candidates);
    return entries instanceof Promise
      ? entries.then((found) => withRecord(candidates, found, lookups)).catch(failed)
      : withRecord(candidates, entries, lookups);
  } catch (error) {
    return failed(error);
  }
}

function withRecord(
  candidates: readonly IdentityText[],
  entries: readonly (IdentityEntry | undefined)[],
  lookups: PersonLookups,
): MaybePromise<Person> {
  let first = -1;
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    if (entry === undefined) continue;
    // Said under any of the names that the request has for them, a no holds.
    if (entry.optedOut) return OPTED_OUT;
    if (first === -1) first = i;
  }
  if (first === -1) return UNKNOWN;
  const entry = entries[first]!;
  const identity = candidates[first]!;
  try {
    const record = lookups.memberships.get(entry.uid);
    return record instanceof Promise
      ? record.then((found) => known(entry, identity, found)).catch(failed)
      : known(entry, identity, record);
  } catch (error) {
    return failed(error);
  }
}

function known(entry: IdentityEntry, identity: IdentityText, record: MembershipRecord | undefined): Person {
  const { uid, iid } = entry;
  // A stored choice and the request's must both allow; without a stored one the request's decides.
  if (
    record !== undefined &&
    (record.consent & CONSENT.signal) !== 0 &&
    !allows(record.consent, 'personalisation')
  ) {
    return DENIED;
  }
  return { known: true, uid, iid, identity, record };
}

function failed(error: unknown): Person {
  return { known: false, why: 'lookup_failed', error };
}
