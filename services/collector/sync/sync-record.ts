import { allows, CONSENT_DEFAULT_ALLOWED } from '../../shared/domain/consent/bits';
import { parseIdentity } from '../../shared/domain/identity';
import type { SyncRecord } from '../../shared/domain/records';
import type { PartnerSnapshot } from '../../shared/domain/snapshot';
import type { BrowserCall } from '../browser/browser-call';
import type { RecordOutcome } from '../metrics';

export type SyncOutcome =
  { ok: true; identity: string; record: SyncRecord } | { ok: false; outcome: RecordOutcome };

/** OpenRTB `mm`: 2, cookie sync. */
const MATCH_METHOD = 2;
/** Longest id of a partner; with its prefix it stays well within an identity's length. */
const UID_LENGTH_MAX = 430;
/** A macro that nobody filled (`$UID`, `[UID]`, `{UID}`, `${userId}`, `%USER_ID%`): one id for everybody. */
const UNFILLED = /^(\$\$?\w+\$?\$?|\$?\{+\w+\}+|\[\w+\]|<\w+>|%%?\w+%%?)$/;

/**
 * The record of a partner's id for our cookie. An empty `uid` takes the partner's mapping away, which needs no
 * consent.
 */
export function syncRecord(
  call: BrowserCall,
  partner: PartnerSnapshot,
  uid: string,
  nowMs: number,
): SyncOutcome {
  const { visitor, consent } = call;
  if (visitor.kind === 'opted-out') return { ok: false, outcome: 'opted_out' };
  if (visitor.kind === 'nobody') return { ok: false, outcome: 'no_identity' };
  const { identity } = visitor;
  const about = {
    v: 1,
    type: 'sync',
    partner: partner.id,
    identity,
    matchMethod: MATCH_METHOD,
    at: nowMs,
    receivedAt: nowMs,
  } as const;
  if (uid === '') return { ok: true, identity, record: { ...about, consent: CONSENT_DEFAULT_ALLOWED } };
  if (!allows(consent, 'profile')) return { ok: false, outcome: 'consent_denied' };
  const parsed = parseIdentity(`partner:${partner.id}:${uid}`);
  if (!parsed.ok || uid.length > UID_LENGTH_MAX || uid === partner.uidMacro || UNFILLED.test(uid)) {
    return { ok: false, outcome: 'invalid_identity' };
  }
  return { ok: true, identity, record: { ...about, partnerUid: uid, consent } };
}
