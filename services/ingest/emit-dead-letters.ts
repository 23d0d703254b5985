import { deadLetter } from '../shared/stores/log/dead-letters';
import type { BatchContext, IngestDeps } from './batch-context';

/** Step: what could not be used → topic `dead-letters`, and from there into its table. */
export async function emitDeadLetters(context: BatchContext, deps: IngestDeps): Promise<void> {
  const faults = context.items.flatMap(({ entry, fault }) =>
    fault === undefined ? [] : [{ entry, ...fault }],
  );
  if (faults.length === 0) return;
  const { topic, partition } = context;
  const at = deps.now();
  await deps.log.append(
    'dead-letters',
    faults.map((fault) => deadLetter(topic, partition, fault, at)),
  );
  for (const { reason } of faults) deps.metrics.deadLetters.inc({ reason });
  const [{ reason, detail }] = faults as [(typeof faults)[number]];
  deps.logger.warn({ topic, partition, count: faults.length, reason, detail }, 'records could not be used');
}
