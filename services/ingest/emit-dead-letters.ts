import type { DeadLetterRecord } from '../shared/domain/records';
import { recordText } from './decode';
import type { BatchContext, IngestDeps } from './ingest-batch';

/** Step: what could not be used, whole and with its reason → topic `dead-letters`, and from there into its table. */
export async function emitDeadLetters(context: BatchContext, deps: IngestDeps): Promise<void> {
  const letters = context.items.flatMap((item) =>
    item.fault === undefined ? [] : [{ entry: item.entry, ...item.fault }],
  );
  if (letters.length === 0) return;
  const at = deps.now();
  const { topic, partition } = context;
  await deps.log.append(
    'dead-letters',
    letters.map(({ entry, reason, detail }) => {
      const position = `${topic}/${partition}/${entry.offset}`;
      const letter: DeadLetterRecord = {
        v: 1,
        type: 'dead-letter',
        source: topic,
        position,
        at,
        reason,
        detail,
        record: recordText(entry.value),
      };
      return { key: position, value: Buffer.from(JSON.stringify(letter)) };
    }),
  );
  for (const { reason } of letters) deps.metrics.deadLetters.inc({ reason });
  deps.logger.warn(
    { topic, partition, count: letters.length, reason: letters[0]!.reason, detail: letters[0]!.detail },
    'records could not be used',
  );
}
