import type { Batch, BatchContext, IngestDeps, Step } from './batch-context';
import { buildRows } from './build-rows';
import { confirmIdentities } from './confirm-identities';
import { decode } from './decode';
import { deduplicate } from './deduplicate';
import { emitChanges } from './emit-changes';
import { emitDeadLetters } from './emit-dead-letters';
import { emitLinks } from './emit-links';
import { gate } from './gate';
import { insertRows } from './insert-rows';
import { plan } from './plan';
import { resolveIdentities } from './resolve-identities';

/**
 * The path of a batch. A crash between any two steps is safe: the log gives the same range again, the plan
 * fixes its bounds, and every step does nothing twice (insert tokens, claims that know their own position,
 * numbers put only where absent). Links and changes may be sent again; their readers do not mind.
 */
export const INGEST_STEPS: readonly Step[] = [
  { name: 'decode', run: decode },
  { name: 'gate', run: gate },
  { name: 'plan', run: plan },
  { name: 'resolve-identities', run: resolveIdentities },
  { name: 'deduplicate', run: deduplicate },
  { name: 'lookups-held', run: (_, { lookupsEpoch }) => lookupsEpoch.assertUnchanged() },
  { name: 'build-rows', run: buildRows },
  { name: 'insert-rows', run: insertRows },
  { name: 'confirm-identities', run: confirmIdentities },
  { name: 'emit-links', run: emitLinks },
  { name: 'emit-dead-letters', run: emitDeadLetters },
  { name: 'emit-changes', run: emitChanges },
];

/** Takes a batch through the steps. Rejects when one could not be done; the batch must then come again. */
export async function ingestBatch(
  batch: Batch,
  deps: IngestDeps,
  options: { steps?: readonly Step[]; betweenSteps?: () => Promise<void> } = {},
): Promise<void> {
  const context: BatchContext = { ...batch, items: [], identities: new Map(), tables: [] };
  const startedAt = deps.now();
  for (const step of options.steps ?? INGEST_STEPS) {
    await step.run(context, deps);
    await options.betweenSteps?.();
  }
  const counts = new Map<string, number>();
  for (const { outcome = 'stored' } of context.items) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  for (const [outcome, count] of counts) deps.metrics.records.inc({ topic: batch.topic, outcome }, count);
  deps.metrics.batchSeconds.observe({ topic: batch.topic }, (deps.now() - startedAt) / 1000);
}
