import { sealSegment } from './appender';
import type { Partition } from './partition';

export interface RetentionOptions {
  partition: Partition;
  /** Segments whose newest record is older than this may go. */
  olderThanMs: number;
  /** The lowest committed offset of the known groups; undefined when nobody ever consumed. */
  passed: number | undefined;
}

/**
 * Drops segments from the front, as long as each is old and passed by every group. Returns how many. A segment
 * that still takes appends but holds only old records is sealed first, so that a quiet topic forgets too.
 */
export async function dropOldSegments({
  partition,
  olderThanMs,
  passed = Infinity,
}: RetentionOptions): Promise<number> {
  const newest = partition.active();
  const tail = newest.tail();
  if (tail.next > newest.base && tail.appendedAt < olderThanMs && tail.next <= passed) {
    await sealSegment(newest, tail);
    partition.active();
  }
  const bases = partition.bases();
  let keepFrom = bases[0] ?? 0;
  for (const [i, base] of bases.entries()) {
    const next = bases[i + 1];
    const end = partition.segment(base)?.tail();
    if (next === undefined || !end?.sealed || end.appendedAt >= olderThanMs || next > passed) break;
    keepFrom = next;
  }
  return partition.dropBefore(keepFrom);
}
