import { CONSENT, type ConsentBits } from '../../shared/domain/consent/bits';
import type { BatchContext } from '../batch-context';
import { identitiesOf } from '../item';
import type { TableRows } from './table-rows';

export interface StatedConsent {
  iid: number;
  at: number;
  consent: ConsentBits;
}

/**
 * The last statement about each identity number in the batch. Records that were dropped for lack of consent count
 * too, where the identity is known: that is how a withdrawal is seen.
 */
export function statedConsents(context: BatchContext): StatedConsent[] {
  const latest = new Map<number, StatedConsent>();
  for (const { record, outcome } of context.items) {
    if (record === undefined || !('consent' in record) || (record.consent & CONSENT.signal) === 0) continue;
    if (outcome !== undefined && outcome !== 'consent_denied') continue;
    for (const identity of identitiesOf(record)) {
      const iid = context.identities.get(identity)?.iid;
      if (iid === undefined) continue;
      const before = latest.get(iid);
      if (before === undefined || record.at > before.at) {
        latest.set(iid, { iid, at: record.at, consent: record.consent });
      } else if (record.at === before.at) {
        // Said at the same moment: all of it must allow.
        before.consent &= record.consent;
      }
    }
  }
  return [...latest.values()];
}

export function consentRows(context: BatchContext): TableRows {
  const rows = statedConsents(context).map(({ iid, at, consent }) => ({
    row: [iid, at, consent, consent],
    item: undefined,
  }));
  return { table: 'consent_rows', columns: ['iid', 'at', 'consent', 'stated'], rows };
}
