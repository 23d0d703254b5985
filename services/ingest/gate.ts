import { allows } from '../shared/domain/consent/bits';
import type { BatchContext, IngestDeps } from './batch-context';
import { identitiesOf, type IngestRecord, isLive, isUnsync } from './item';

/**
 * Step: what may not be stored. Consent was decided at the edge and travels with the record: without `profile`
 * nothing may add to a profile. Then the person's own choice, as known now. A replay drops exactly what its plan
 * says, so that the rows of a range stay the same although the person may have chosen meanwhile.
 */
export async function gate(context: BatchContext, deps: IngestDeps): Promise<void> {
  const planned = context.replayOf && new Set(context.replayOf.optedOut);
  const identities = [
    ...new Set(context.items.flatMap((item) => (item.record ? identitiesOf(item.record) : []))),
  ];
  const entries = await deps.lookups.identities.resolve(identities);
  identities.forEach((identity, i) => {
    const entry = entries[i];
    if (entry !== undefined) context.identities.set(identity, entry);
  });

  for (const item of context.items) {
    if (!isLive(item)) continue;
    if (!mayFormProfile(item.record)) item.outcome = 'consent_denied';
    else if (planned?.has(item.entry.offset) ?? isOptedOut(context, item.record)) item.outcome = 'opted_out';
  }
}

function mayFormProfile(record: IngestRecord): boolean {
  return !('consent' in record) || allows(record.consent, 'profile') || isUnsync(record);
}

function isOptedOut(context: BatchContext, record: IngestRecord): boolean {
  return identitiesOf(record).some((identity) => context.identities.get(identity)?.optedOut === true);
}
