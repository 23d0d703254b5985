import type { IdentityText } from '../shared/domain/records';
import type { BatchContext, IngestDeps } from './batch-context';
import { identitiesOf, isLive, isUnsync } from './item';

/** Step: every identity of a record that is kept has a number from here on. */
export async function resolveIdentities(context: BatchContext, deps: IngestDeps): Promise<void> {
  const unknown = new Set<IdentityText>();
  for (const item of context.items) {
    if (!isLive(item) || isUnsync(item.record)) continue;
    for (const identity of identitiesOf(item.record))
      if (!context.identities.has(identity)) unknown.add(identity);
  }
  if (unknown.size === 0) return;
  const identities = [...unknown];
  const numbers = await deps.numbers.reserve(identities.length);
  try {
    const entries = await deps.lookups.identities.assign(identities, () => numbers.next());
    identities.forEach((identity, i) => context.identities.set(identity, entries[i]!));
  } finally {
    numbers.release();
  }
}
