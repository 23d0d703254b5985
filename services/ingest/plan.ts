import type { IngestPlan } from '../shared/stores/catalog/small-stores';
import type { Log, LogBatch } from '../shared/stores/log/log';
import type { Batch, BatchContext, IngestDeps } from './batch-context';

/**
 * Step: the range and what it drops are written down before anything of it goes into the lake. Rejects where the
 * partition's plan is not the one this range comes after: another process has had the partition meanwhile, and what it
 * planned may be half done.
 */
export async function plan(context: BatchContext, deps: IngestDeps): Promise<void> {
  if (context.replayOf !== undefined) return;
  const { topic, partition, from, to } = context;
  const optedOut = context.items.flatMap((item) => (item.outcome === 'opted_out' ? [item.entry.offset] : []));
  const isPut = await deps.plans.replace(context.after, { topic, partition, from, to, optedOut });
  if (!isPut) throw new Error(`${topic}/${partition} was planned by another process`);
}

/** What to do next with what the log handed over. */
export interface NextRange {
  /** Undefined when everything up to `to` is done already. */
  range: Batch | undefined;
  /** To be committed before anything behind it is planned. */
  to: number;
}

/**
 * The range to ingest next, given the partition's last plan:
 * the plan begins where the batch does: it may be half done, so exactly its range comes first, and alone;
 * the batch begins inside the plan: the plan is done, its rest is skipped;
 * anything else: the batch is new.
 *
 * One range at a time, committed before the next is planned: a plan replaces the one before, and what was inserted
 * under a plan that is forgotten would be inserted again.
 */
export async function nextRange(
  batch: LogBatch,
  last: IngestPlan | undefined,
  log: Pick<Log, 'read'>,
): Promise<NextRange> {
  const { topic, partition, from, to } = batch;
  // Behind the plan; or before it, then the group was set back and the plan says nothing of it.
  if (last === undefined || last.to <= from || last.from > from) {
    return { range: { ...batch, replayOf: undefined, after: last }, to };
  }
  if (last.from < from) return { range: undefined, to: Math.min(last.to, to) };
  const planned = batch.entries.filter((entry) => entry.offset < last.to);
  const behind = last.to > to ? await log.read(topic, partition, to, last.to, last.to - to) : [];
  const range = {
    topic,
    partition,
    from,
    to: last.to,
    entries: [...planned, ...behind],
    replayOf: last,
    after: last,
  };
  return { range, to: last.to };
}
