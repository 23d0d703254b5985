import type { Logger } from 'pino';
import type { Topic } from '../../shared/domain/records';
import {
  GRACE_MS,
  HOLD_MS,
  RESTORED_BUDGETS,
  restoredSpendKeys,
  SETTLED_BY,
  SETTLED_CLAIM_MS,
  SETTLED_SPACE,
  type RestoredBudgets,
} from '../../shared/domain/restored-budgets';
import { utcDay } from '../../shared/domain/utc-day';
import type { Lake } from '../../shared/stores/lake/lake';
import { RangeNotHeldError } from '../../shared/stores/log/errors';
import type { Log } from '../../shared/stores/log/log';
import type { Lookups } from '../../shared/stores/lookups/lookups';
import { decodeEntry } from '../decode';
import { INGEST_GROUP } from '../ingest-group';
import type { IngestRecord } from '../item';

const PAGE = 50_000;
/** CPM micros of one impression that make a micro of money. */
const CPM_PER_MONEY = 1_000n;
/** Until then after the restore, every bidder has noticed it; also what their clocks may differ by. */
const NOTICED_MS = 10_000;

export interface RestoreBudgetsOptions {
  lake: Pick<Lake, 'query'>;
  log: Pick<Log, 'positions' | 'read'>;
  lookups: Pick<Lookups, 'claims' | 'counters' | 'documents'>;
  logger: Logger;
  nowMs: number;
}

/** A bill, CPM micros of the line item's currency. */
interface Bill {
  lineItemId: string;
  bidAt: number;
  spent: bigint;
}

/**
 * Restores what was spent of limited budgets after LOOKUPS were lost: per line item in total and for today, from the
 * billing notices in LAKE and those that LOG has in front of ingest. Then says from when bidders may lease again. What was
 * leased or reserved at the loss is in no counter: nothing is leased until the last bid from before can no longer be
 * billed on time, and a bill that comes meanwhile counts in full, by whoever claims the bid first. So a budget is
 * exceeded by no more than with lookups that never failed. May be cut off and run again. Answers the line items.
 */
export async function restoreBudgets(options: RestoreBudgetsOptions): Promise<number> {
  const { lookups, logger, nowMs } = options;
  const spend = new Spend(nowMs);
  let lastBid = await lastBidInLake(options);
  await readTail(options, 'bids', (record) => {
    lastBid = Math.max(lastBid, 'at' in record ? record.at : 0);
  });
  const tail = new Map<string, Bill>();
  await readTail(options, 'notices', (record) => {
    if (record.type !== 'notice' || !record.billed || record.spentMicros === undefined) return;
    const { bidId, lineItemId, bidAt = record.at, spentMicros } = record;
    tail.set(bidId, { lineItemId, bidAt, spent: BigInt(spentMicros) });
  });
  await addUnclaimed(options, [...tail], spend);
  await addFromLake(options, tail, spend);

  for (const [key, moneyMicros] of spend.counters()) {
    // Nobody else writes these: set, not added to, so that a second try comes to the same.
    const [before = 0] = await lookups.counters.get([key]);
    await lookups.counters.add(key, moneyMicros - before);
  }
  const wasUsed = lastBid > 0 || spend.lineItems > 0;
  const restoredAt = wasUsed ? nowMs + NOTICED_MS : nowMs;
  const leaseFrom = Math.max(
    restoredAt,
    lastBid > nowMs - HOLD_MS - GRACE_MS ? restoredAt + HOLD_MS + GRACE_MS : 0,
  );
  const document: RestoredBudgets = { restoredAt, leaseFrom };
  const { documents } = lookups;
  const revision = Math.max((await documents.revision(RESTORED_BUDGETS)) + 1, nowMs);
  await documents.put(RESTORED_BUDGETS, revision, Buffer.from(JSON.stringify(document)));
  if (wasUsed) logger.warn({ lineItems: spend.lineItems, ...document }, 'budgets restored from the notices');
  return spend.lineItems;
}

/** Sums per line item, in CPM micros; rounded once, up, when they are told. */
class Spend {
  readonly #today: string;
  readonly #total = new Map<string, bigint>();
  readonly #ofToday = new Map<string, bigint>();

  constructor(readonly nowMs: number) {
    this.#today = utcDay(nowMs);
  }

  get lineItems(): number {
    return this.#total.size;
  }

  add({ lineItemId, bidAt, spent }: Bill): void {
    this.#total.set(lineItemId, (this.#total.get(lineItemId) ?? 0n) + spent);
    if (utcDay(bidAt) === this.#today)
      this.#ofToday.set(lineItemId, (this.#ofToday.get(lineItemId) ?? 0n) + spent);
  }

  /** Key and money micros. */
  *counters(): Generator<[string, number]> {
    for (const [id, total] of this.#total) {
      const keys = restoredSpendKeys(id, this.nowMs);
      yield [keys.total, money(total)];
      yield [keys.day, money(this.#ofToday.get(id) ?? 0n)];
    }
  }
}

function money(cpmMicros: bigint): number {
  return Number((cpmMicros + CPM_PER_MONEY - 1n) / CPM_PER_MONEY);
}

/** Bills of the last days page by page; older ones, which nobody can repeat, as one sum. */
async function addFromLake(
  options: RestoreBudgetsOptions,
  tail: ReadonlyMap<string, Bill>,
  spend: Spend,
): Promise<void> {
  const { lake, nowMs } = options;
  const since = nowMs - SETTLED_CLAIM_MS;
  const bidMs = 'toUnixTimestamp64Milli(ifNull(bid_at, at))';
  const bills = 'billed = 1 AND spent_micros IS NOT NULL';
  const old = await lake.query<{ line_item_id: string; spent: string }>(
    `SELECT line_item_id, toString(sum(spent_micros)) AS spent FROM notices WHERE ${bills} AND ${bidMs} <= ${since}
      GROUP BY line_item_id`,
    { maxExecutionSeconds: 600 },
  );
  for (const { line_item_id: lineItemId, spent } of old)
    spend.add({ lineItemId, bidAt: 0, spent: BigInt(spent) });
  for (let last = ''; ;) {
    const rows = await lake.query<{ bid_id: string; line_item_id: string; bid_ms: string; spent: string }>(
      `SELECT bid_id, line_item_id, toString(${bidMs}) AS bid_ms, toString(spent_micros) AS spent FROM notices
        WHERE ${bills} AND ${bidMs} > ${since} AND bid_id > {last:String} ORDER BY bid_id LIMIT ${PAGE}`,
      { params: { last }, maxExecutionSeconds: 600 },
    );
    const page = rows.map((row): [string, Bill] => [
      row.bid_id,
      { lineItemId: row.line_item_id, bidAt: Number(row.bid_ms), spent: BigInt(row.spent) },
    ]);
    await addUnclaimed(
      options,
      page.filter(([bidId]) => !tail.has(bidId)),
      spend,
    );
    if (rows.length < PAGE) return;
    last = rows.at(-1)!.bid_id;
  }
}

/** Bills that a bidder has booked since the loss are in its counter already. */
async function addUnclaimed(
  { lookups, nowMs }: RestoreBudgetsOptions,
  bills: readonly (readonly [bidId: string, bill: Bill])[],
  spend: Spend,
): Promise<void> {
  const position = { partition: SETTLED_BY.restore, offset: 0 };
  for (let from = 0; from < bills.length; from += PAGE) {
    const page = bills.slice(from, from + PAGE);
    const claims = page.map(([key, { bidAt }]) => ({ key, position, expiresAt: bidAt + SETTLED_CLAIM_MS }));
    const holders = await lookups.claims.claim(SETTLED_SPACE, claims, nowMs);
    for (const [i, [, bill]] of page.entries())
      if (holders[i]?.partition === SETTLED_BY.restore) spend.add(bill);
  }
}

/** What ingest has not handled yet of a topic of bidders; what cannot be read is for ingest to put aside. */
async function readTail(
  { log, logger }: RestoreBudgetsOptions,
  topic: Topic,
  visit: (record: IngestRecord) => void,
): Promise<void> {
  for (const { partition, committed, end } of await log.positions(INGEST_GROUP, [topic])) {
    for (let from = committed; from < end;) {
      try {
        const entries = await log.read(topic, partition, from, end, PAGE);
        if (entries.length === 0) break;
        for (const entry of entries) {
          const { record } = decodeEntry(topic, entry);
          if (record !== undefined) visit(record);
        }
        from = entries.at(-1)!.offset + 1;
      } catch (error) {
        if (!(error instanceof RangeNotHeldError)) throw error;
        logger.error({ err: error, topic, partition }, 'records were dropped before ingest had them');
        break;
      }
    }
  }
}

async function lastBidInLake({ lake }: RestoreBudgetsOptions): Promise<number> {
  const [row] = await lake.query<{ at: string }>('SELECT toUnixTimestamp64Milli(max(at)) AS at FROM bids');
  return Number(row?.at ?? 0);
}
