import type { IngestPlan } from '../shared/stores/catalog/small-stores';
import type { Log, LogBatch } from '../shared/stores/log/log';
import type { Batch, BatchContext, IngestDeps } from './batch-context';

/** Step: the range and what it drops are written down before anything of it goes into the lake. */
export async function plan(context: BatchContext, deps: IngestDeps): Promise<void> {
  if (context.replayOf !== undefined) return;
  const { topic, partition, from, to } = context;
  const optedOut = context.items.flatMap((item) => (item.outcome === 'opted_out' ? [item.entry.offset] : []));
  await deps.plans.put({ topic, partition, from, to, optedOut });
}

/**
 * Cuts what the log hands over into the ranges to ingest, given the partition's last plan. The log commits only
 * after a planned range was done as a whole, so:
 * the plan begins where the batch does: it may be half done, and exactly its range comes first;
 * the batch begins inside the plan: the plan is done, its rest is skipped;
 * anything else: the batch is new.
 */
export async function rangesOf(
  batch: LogBatch,
  last: IngestPlan | undefined,
  log: Pick<Log, 'read'>,
): Promise<Batch[]> {
  const { topic, partition, from, to } = batch;
  const whole = (start: number): Batch[] =>
    start >= to
      ? []
      : [
          {
            topic,
            partition,
            from: start,
            to,
            entries: batch.entries.filter((entry) => entry.offset >= start),
            replayOf: undefined,
          },
        ];

  if (last === undefined || last.to <= from || last.from > from) return whole(from);
  if (last.from < from) return whole(last.to);

  const planned = batch.entries.filter((entry) => entry.offset < last.to);
  const behind = last.to > to ? await log.read(topic, partition, to, last.to, last.to - to) : [];
  return [
    { topic, partition, from, to: last.to, entries: [...planned, ...behind], replayOf: last },
    ...whole(last.to),
  ];
}
