import type { Lookups } from '../shared/stores/lookups/lookups';
import type { Row } from '../shared/stores/lake/insert-statements';
import type { Lake } from '../shared/stores/lake/lake';
import { diffMemberships, type MembershipRow, type PersonVerdict } from './membership-diff';

export interface Published {
  /** Audience number → how many more (or fewer) members it has now. */
  delta: Map<number, number>;
  /** Records written or removed in the lookups. */
  records: number;
}

export interface PublishOptions {
  lookups: Pick<Lookups, 'memberships'>;
  lake: Pick<Lake, 'insert'>;
  /** Grows with every call, also over restarts: the newest row of (audience, person) is the one that counts. */
  nextSeq: () => Promise<number>;
}

/**
 * Writes what changed, the lake first: a crash in between leaves the lookups behind, so the same difference is
 * found and written again. The other way round the lake would never hear of it.
 */
export async function publishVerdicts(
  options: PublishOptions,
  verdicts: readonly PersonVerdict[],
  active: ReadonlySet<number>,
  nowMs: number,
  restate?: number,
): Promise<Published> {
  const uids = verdicts.map((verdict) => verdict.uid);
  const existing = await options.lookups.memberships.getMany(uids);
  const diffs = verdicts.map((verdict, i) => diffMemberships(existing[i], verdict, active, nowMs, restate));

  const rows = diffs.flatMap((diff) => diff.rows);
  if (rows.length > 0) {
    const seq = await options.nextSeq();
    await options.lake.insert({
      table: 'membership_rows',
      columns: ['audience', 'uid', 'since', 'until', 'seq', 'deleted'],
      rows: rows.map((row) => lakeRow(row, seq)),
      token: `membership_rows:${seq}`,
    });
  }

  const records = diffs.flatMap((diff) => (diff.record ? [diff.record] : []));
  const removed = uids.filter((_, i) => diffs[i]?.remove);
  if (records.length > 0) await options.lookups.memberships.put(records);
  if (removed.length > 0) await options.lookups.memberships.remove(removed);

  const delta = new Map<number, number>();
  const count = (audience: number, by: number): void =>
    void delta.set(audience, (delta.get(audience) ?? 0) + by);
  for (const diff of diffs) {
    for (const audience of diff.entered) count(audience, 1);
    for (const audience of diff.left) count(audience, -1);
  }
  return { delta, records: records.length + removed.length };
}

function lakeRow(row: MembershipRow, seq: number): Row {
  return [row.audience, row.uid, row.sinceS, row.untilS, seq, row.deleted ? 1 : 0];
}
