import type { BidRecord, RequestRecord } from '../shared/domain/records';
import type { BatchContext, IngestDeps } from './batch-context';
import type { LiveItem } from './item';

/** Times in one query: each is some 15 characters of SQL. */
const TIMES_PER_QUERY = 5_000;
const TABLES = {
  bid: { table: 'bids', id: 'bid_id' },
  request: { table: 'requests', id: 'request_id' },
} as const;

type BidderRecord = BidRecord | RequestRecord;

/**
 * What a bidder appended again counts once. It keeps the key, so the first copy, if the log has one, lies before it in this
 * partition: in the lake, or in this batch. Only rows from before the batch count, so a replay does not find its own. A claim
 * for every bid would cost more than all the rest of its way, and next to none is ever appended again.
 */
export async function dropResent(context: BatchContext, live: LiveItem[], deps: IngestDeps): Promise<void> {
  const records = live.map((item) => ({ item, record: item.record as BidderRecord }));
  const resent = records.flatMap(({ record }) => (record.resent === true ? [record] : []));
  if (resent.length === 0) return;
  const seen = new Set<string>();
  for (const type of ['bid', 'request'] as const) {
    const times = [...new Set(resent.filter((record) => record.type === type).map(({ at }) => at))].sort(
      (a, b) => a - b,
    );
    for (let from = 0; from < times.length; from += TIMES_PER_QUERY) {
      const chunk = times.slice(from, from + TIMES_PER_QUERY);
      for (const key of await storedKeys(context, type, chunk, deps)) seen.add(key);
    }
  }
  for (const { item, record } of records) {
    const key = keyOf(record.type, idOf(record), record.exchange, record.at);
    if (record.resent === true && seen.has(key)) item.outcome = 'duplicate';
    seen.add(key);
  }
}

/** Asked by their times, ascending, and not by ids: those of requests are an exchange's, and may be long. */
async function storedKeys(
  { partition, from }: BatchContext,
  type: BidderRecord['type'],
  times: readonly number[],
  { lake }: IngestDeps,
): Promise<string[]> {
  const { table, id } = TABLES[type];
  const moment = (ms: number): string => `fromUnixTimestamp64Milli(${ms}, 'UTC')`;
  const rows = await lake.query<{ id: string; exchange: string; at_ms: string }>(
    `SELECT ${id} AS id, exchange, toUnixTimestamp64Milli(at) AS at_ms FROM ${table}
     WHERE at BETWEEN ${moment(times[0]!)} AND ${moment(times.at(-1)!)}
       AND toUnixTimestamp64Milli(at) IN (${times.join(', ')})
       AND \`partition\` = ${partition} AND \`offset\` < ${from}`,
  );
  return rows.map((row) => keyOf(type, row.id, row.exchange, row.at_ms));
}

function idOf(record: BidderRecord): string {
  return record.type === 'bid' ? record.bidId : record.requestId;
}

function keyOf(...parts: readonly (string | number)[]): string {
  return parts.join('\0');
}
