import type { BatchContext, IngestDeps } from './batch-context';
import { identitiesOf, makesKnown } from './item';

/** Step: the identities have their rows in the lake now. */
export async function confirmIdentities(context: BatchContext, deps: IngestDeps): Promise<void> {
  const unconfirmed = new Set<string>();
  for (const item of context.items) {
    if (!makesKnown(item)) continue;
    for (const identity of identitiesOf(item.record)) {
      if (context.identities.get(identity)?.confirmed === false) unconfirmed.add(identity);
    }
  }
  if (unconfirmed.size > 0) await deps.lookups.identities.confirm([...unconfirmed]);
}
