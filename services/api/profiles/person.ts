import { parseIdentity } from '../../shared/domain/identity';
import type { Lookups } from '../../shared/stores/lookups/lookups';
import { invalid, notFound } from '../http/api-problem';

/** A person, as one of their identities leads to them. */
export interface KnownPerson {
  uid: number;
  optedOut: boolean;
  members: { iid: number; identity: string }[];
}

type PersonLookups = Pick<Lookups, 'identities' | 'people'>;

/** 422 for what is no identity, 404 for one that nobody named yet. */
export async function personOf(lookups: PersonLookups, text: string): Promise<KnownPerson> {
  const parsed = parseIdentity(text);
  if (!parsed.ok) throw invalid([{ path: 'identity', code: parsed.code, message: parsed.message }]);
  const identity = parsed.identity.text;
  const [entry] = await lookups.identities.resolve([identity]);
  if (entry === undefined) throw notFound(`person ${identity}`);
  const [record] = await lookups.people.get([entry.uid]);
  return {
    uid: entry.uid,
    optedOut: entry.optedOut,
    // Who was never linked has no record of their own.
    members: record?.members ?? [{ iid: entry.iid, identity }],
  };
}
