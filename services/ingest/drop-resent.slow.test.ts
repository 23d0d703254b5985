import type { BidRecord, RequestRecord } from '../shared/domain/records';
import type { Service } from '../shared/runtime/service';
import type { Step } from './batch-context';
import { INGEST_STEPS } from './ingest-batch';
import { INGEST_GROUP } from './ingest-group';
import { startIngest } from './start-ingest';
import { AT, type Engines, openEngines } from './testing/engines';

let engines: Engines;
let ingest: Service | undefined;
beforeAll(async () => {
  engines = await openEngines();
  await engines.lookups.setEpoch('test');
});
afterAll(() => engines.close());
afterEach(async () => {
  await ingest?.close();
  ingest = undefined;
});

/** Each test has one of its own. */
let exchange = '';
beforeEach(() => {
  exchange = `ex${Number(exchange.slice(2)) + 1}`;
});

async function start(steps = INGEST_STEPS): Promise<void> {
  ingest = await startIngest({ ...engines.common(), lingerMs: 10, steps });
}

/** One append of a bidder: all of it lies in one partition. */
async function append(...records: (BidRecord | RequestRecord)[]): Promise<void> {
  const values = records.map((record) => Buffer.from(JSON.stringify(record)));
  await engines.log.append(
    'bids',
    values.map((value) => ({ key: '7', value })),
  );
}

const settled = (): Promise<void> => engines.settled(INGEST_GROUP, ['bids']);

function bid(bidId: string, more: Partial<BidRecord> = {}): BidRecord {
  return {
    v: 1, type: 'bid', bidId, requestId: 'r', impId: '1', exchange, at: AT, uid: null, iid: null, advertiserId: 'ad',
    lineItemId: 'li', creativeId: 'cr', audienceIds: [], priceMicros: 2_500_000, currency: 'USD', test: false, ...more,
  }; // prettier-ignore
}

function request(requestId: string, more: Partial<RequestRecord> = {}): RequestRecord {
  return {
    v: 1, type: 'request', requestId, exchange, at: AT, uid: null, reason: 'no_match', imps: 1, sampleRate: 1, ...more,
  }; // prettier-ignore
}

const resent = { resent: true };

async function stored(): Promise<{ bids: string[]; requests: string[] }> {
  const ids = async (sql: string): Promise<string[]> =>
    (await engines.lake.query<{ id: string }>(sql)).map(({ id }) => id);
  return {
    bids: await ids(`SELECT bid_id AS id FROM bids WHERE exchange = '${exchange}' ORDER BY id`),
    requests: await ids(
      `SELECT request_id AS id FROM requests WHERE startsWith(exchange, '${exchange}') ORDER BY id`,
    ),
  };
}

async function duplicates(): Promise<number> {
  const [count = 0] = await engines.numbers(
    `SELECT toUInt64(sum(count)) FROM ledger WHERE topic = 'bids' AND outcome = 'duplicate'`,
  );
  return count;
}

test('bids and requests that a bidder appends again count once, when the first copy is in the lake', async () => {
  const before = await duplicates();
  await start();
  await append(bid('b1'), bid('b2', { at: AT + 5 }), request("r'1"));
  await settled();
  await append(
    bid('b1', resent),
    bid('b2', { ...resent, at: AT + 5 }),
    bid('b3', { ...resent, at: AT + 5 }),
    request("r'1", resent),
  );
  await settled();
  expect(await stored()).toEqual({ bids: ['b1', 'b2', 'b3'], requests: ["r'1"] });
  expect((await duplicates()) - before).toBe(3);
});

test('they count once when the first copy is in the same batch, and when there is none', async () => {
  const before = await duplicates();
  await append(bid('b1'), request('r1'));
  await append(bid('b1', resent), request('r1', resent), bid('b2', resent));
  await append(bid('b1', resent), request('r1', resent), bid('b2', resent));
  await start();
  await settled();
  expect(await stored()).toEqual({ bids: ['b1', 'b2'], requests: ['r1'] });
  expect((await duplicates()) - before).toBe(5);
});

test('an exchange may send a request with the same id another time', async () => {
  await start();
  await append(request('r1'));
  await settled();
  await append(
    request('r1', { ...resent, at: AT + 1 }),
    request('r1', { ...resent, exchange: `${exchange}-other` }),
  );
  await settled();
  expect((await stored()).requests).toEqual(['r1', 'r1', 'r1']);
});

test('a batch that comes again after a crash does not take its own rows for first copies', async () => {
  const before = await duplicates();
  let crashes = 0;
  const crash: Step = {
    name: 'crash',
    run: () => {
      if (crashes++ === 0) throw new Error('as if killed after the insert');
    },
  };
  const at = INGEST_STEPS.findIndex(({ name }) => name === 'insert-rows') + 1;
  await start([...INGEST_STEPS.slice(0, at), crash, ...INGEST_STEPS.slice(at)]);
  await append(bid('b1', resent), request('r1', resent));
  await settled();
  expect(crashes).toBeGreaterThan(1);
  expect(await stored()).toEqual({ bids: ['b1'], requests: ['r1'] });
  expect(await duplicates()).toBe(before);
});
