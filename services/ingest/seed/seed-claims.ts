import type { NoticeRecord } from '../../shared/domain/records';
import type { Lake } from '../../shared/stores/lake/lake';
import type { Lookups } from '../../shared/stores/lookups/lookups';
import { CLAIM_TTL_MS, claimOf } from '../deduplicate';

/** Rows in one query, about. */
const ROWS_PER_SLICE = 50_000;

/** What was counted within the last 7 days must not count again. Answers the number of claims. */
export async function seedClaims(options: {
  lake: Pick<Lake, 'query'>;
  lookups: Pick<Lookups, 'claims'>;
  nowMs: number;
}): Promise<number> {
  const since = options.nowMs - CLAIM_TTL_MS;
  const events = await seedTable(
    options,
    since,
    'event_rows',
    `event_id != ''`,
    'publisher AS scope, event_id AS name',
    (scope, name) => claimOf.event(scope, name),
  );
  const notices = await seedTable(
    options,
    since,
    'notices',
    '1',
    'kind AS scope, bid_id AS name',
    (scope, name) => claimOf.notice(scope as NoticeRecord['kind'], name),
  );
  return events + notices;
}

/** Cuts the time of receipt into slices of about the same number of rows. */
async function seedTable(
  { lake, lookups, nowMs }: { lake: Pick<Lake, 'query'>; lookups: Pick<Lookups, 'claims'>; nowMs: number },
  since: number,
  table: string,
  where: string,
  columns: string,
  toClaim: (scope: string, name: string) => { space: string; key: string },
): Promise<number> {
  const receivedMs = 'toUnixTimestamp64Milli(received_at)';
  const [extent] = await lake.query<{ rows: string; low: string; high: string }>(
    `SELECT count() AS rows, min(${receivedMs}) AS low, max(${receivedMs}) AS high FROM ${table}
     WHERE ${receivedMs} > ${since} AND ${where}`,
  );
  const count = Number(extent?.rows ?? 0);
  if (count === 0) return 0;
  const low = Number(extent!.low);
  const high = Number(extent!.high);
  const slices = Math.ceil(count / ROWS_PER_SLICE);
  const width = Math.floor((high - low) / slices) + 1;
  for (let from = low; from <= high; from += width) {
    const rows = await lake.query<{
      scope: string;
      name: string;
      partition: number;
      offset: string;
      received_ms: string;
    }>(
      `SELECT ${columns}, \`partition\`, \`offset\`, ${receivedMs} AS received_ms FROM ${table}
       WHERE ${receivedMs} >= ${from} AND ${receivedMs} < ${from + width} AND ${where}`,
    );
    const bySpace = new Map<string, Parameters<Lookups['claims']['claim']>[1][number][]>();
    for (const row of rows) {
      const { space, key } = toClaim(row.scope, row.name);
      const claims = bySpace.get(space) ?? [];
      claims.push({
        key,
        position: { partition: row.partition, offset: Number(row.offset) },
        expiresAt: Number(row.received_ms) + CLAIM_TTL_MS,
      });
      bySpace.set(space, claims);
    }
    for (const [space, claims] of bySpace) await lookups.claims.claim(space, claims, nowMs);
  }
  return count;
}
