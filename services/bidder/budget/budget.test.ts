import fc from 'fast-check';
import pino from 'pino';
import type { BidToken } from '../notices/notice-token';
import { GRACE_MS, HOLD_MS, type RestoredBudgets } from '../../shared/domain/restored-budgets';
import { lineItem } from '../testing/catalog-fixtures';
import { FakeLookups } from '../testing/fake-lookups';
import { BudgetLeaser } from './budget-leaser';
import { budgetTerms } from './budget-keys';
import { canReserve } from './budget-slot';
import { Handover } from './handover';
import { bidId } from './reservations';
import { Settlement } from './settlement';

const NOON = Date.UTC(2026, 0, 15, 12);
const DAY = 'budget:li:2026-01-15';
const TOTAL = 'budget:li:total';
const CPM = 2_500_000;

let now: number;
let lookups: FakeLookups;
let restored: RestoredBudgets;
beforeEach(() => {
  restored = { restoredAt: 0, leaseFrom: 0 };
  now = NOON;
  lookups = new FakeLookups();
});

/** One bidder process without its server. */
class Bidder {
  readonly leaser: BudgetLeaser;
  readonly settlement: Settlement;
  readonly logged: string[] = [];
  #sequence = 0;

  constructor(readonly idPrefix: string) {
    const { counters, claims } = lookups;
    this.leaser = new BudgetLeaser({
      counters,
      claims,
      restored: () => this.restoredNow(),
      idPrefix,
      now: () => now,
      logger: pino({ level: 'error' }, { write: (line: string) => this.logged.push(line) }),
    });
    this.settlement = new Settlement({
      counters,
      claims,
      restored: () => Promise.resolve(restored),
      now: () => now,
    });
  }

  restoredNow(): Promise<RestoredBudgets> {
    return Promise.resolve(restored);
  }

  async follow(budget: { dailyMicros?: number; totalMicros?: number }, bidCpmMicros = CPM): Promise<void> {
    this.leaser.update([lineItem({ id: 'li', budget, bidCpmMicros })]);
    await settle();
  }

  async tick(): Promise<void> {
    this.leaser.tick();
    await settle();
  }

  /** A bid, or undefined when the budget allows none. */
  bid(): BidToken | undefined {
    const slot = this.leaser.slot('li')!;
    if (!canReserve(slot, now)) return undefined;
    const sequence = this.#sequence++;
    this.leaser.reserve(slot, sequence, now);
    return {
      bidId: bidId(this.idPrefix, sequence),
      requestId: 'r',
      exchange: 'ex',
      lineItemId: 'li',
      creativeId: 'c',
      advertiserId: 'a',
      priceMicros: CPM,
      currency: 'USD',
      uid: null,
      at: now,
      billing: 'burl',
      test: false,
      reserved: slot.cost,
      unitMicros: slot.unitMicros,
      clickHash: '',
    };
  }

  /** Bids until the budget is spent, letting leases come in between. */
  async bidAll(max = 1_000): Promise<BidToken[]> {
    const bids: BidToken[] = [];
    for (let dry = 0; dry < 3 && bids.length < max;) {
      const bid = this.bid();
      if (bid === undefined) dry += 1;
      else bids.push(bid);
      await this.tick();
    }
    return bids;
  }
}

/** Lets the fakes' promises run out. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

const counted = (key: string): number => lookups.counts.get(key) ?? 0;
/** Money micros of `count` impressions at 2.50 CPM. */
const worth = (count: number): number => count * 2_500;

test('a new line item can bid as soon as its first lease is in, and never beyond its budget', async () => {
  const bidder = new Bidder('a-');
  await bidder.follow({ dailyMicros: worth(10), totalMicros: worth(100) });
  expect(await bidder.bidAll()).toHaveLength(10);
  expect(counted(DAY)).toBe(10 * CPM);
  expect(counted(TOTAL)).toBe(10 * CPM);
});

test('bidders share a budget, and a slice is a small part of it', async () => {
  const [a, b] = [new Bidder('a-'), new Bidder('b-')];
  await a.follow({ totalMicros: worth(1_000) });
  await b.follow({ totalMicros: worth(1_000) });
  expect(counted(TOTAL)).toBeLessThanOrEqual(100 * CPM);
  const bids = [...(await a.bidAll(400)), ...(await b.bidAll(10_000)), ...(await a.bidAll(10_000))];
  expect(bids.length).toBeLessThanOrEqual(1_000);
  // What is left is in a slice of each.
  expect(bids.length).toBeGreaterThan(880);
});

test('the rest of a budget that is no whole bid is not spent', async () => {
  const bidder = new Bidder('a-');
  await bidder.follow({ dailyMicros: worth(3) + 1_000 });
  expect(await bidder.bidAll()).toHaveLength(3);
});

test('days are UTC: at midnight yesterday’s slice is gone and today’s budget opens', async () => {
  now = Date.UTC(2026, 0, 15, 23, 59, 59, 900);
  const bidder = new Bidder('a-');
  await bidder.follow({ dailyMicros: worth(4) });
  expect(await bidder.bidAll(1)).toHaveLength(1);
  now = Date.UTC(2026, 0, 16);
  expect(bidder.bid()).toBeUndefined();
  await bidder.tick();
  expect(await bidder.bidAll()).toHaveLength(4);
  expect(counted(DAY)).toBe(1 * CPM);
  expect(counted('budget:li:2026-01-16')).toBe(4 * CPM);
});

test('what is never billed comes back once the bid can no longer be billed', async () => {
  const bidder = new Bidder('a-');
  await bidder.follow({ totalMicros: worth(5) });
  const bids = await bidder.bidAll();
  expect(bids).toHaveLength(5);
  // Billed by another process than the one that bid.
  await new Bidder('b-').settlement.bill(bids[0]!, undefined);
  now += HOLD_MS + GRACE_MS + 2_000;
  await bidder.tick();
  await bidder.tick();
  expect(await bidder.bidAll()).toHaveLength(4);
});

test('a lost bid comes back at once', async () => {
  const bidder = new Bidder('a-');
  await bidder.follow({ totalMicros: worth(2) });
  const [first] = await bidder.bidAll();
  await bidder.settlement.lose(first!);
  await bidder.settlement.lose(first!);
  now += 2_000;
  await bidder.tick();
  expect(await bidder.bidAll()).toHaveLength(1);
});

test('a bill below the bid gives the difference back, once', async () => {
  const bidder = new Bidder('a-');
  await bidder.follow({ totalMicros: worth(100) });
  const [bid] = await bidder.bidAll(1);
  const before = counted(TOTAL);
  await bidder.settlement.bill(bid!, 1_000_000);
  await bidder.settlement.bill(bid!, 1_000_000);
  await new Bidder('b-').settlement.bill(bid!, 1_000_000);
  expect(before - counted(TOTAL)).toBe(1_500_000);
});

test('a bill after its reservation ended still counts, once', async () => {
  const bidder = new Bidder('a-');
  await bidder.follow({ totalMicros: worth(100) });
  const [bid] = await bidder.bidAll(1);
  now += HOLD_MS + GRACE_MS + 1;
  await bidder.tick();
  await bidder.leaser.close();
  expect(counted(TOTAL)).toBe(0);
  await bidder.settlement.bill(bid!, undefined);
  await bidder.settlement.bill(bid!, undefined);
  expect(counted(TOTAL)).toBe(CPM);
});

test('a bill of a bid that was said to be lost counts after all', async () => {
  const bidder = new Bidder('a-');
  await bidder.follow({ totalMicros: worth(100) });
  const [bid] = await bidder.bidAll(1);
  const before = counted(TOTAL);
  await bidder.settlement.lose(bid!);
  expect(before - counted(TOTAL)).toBe(CPM);
  await bidder.settlement.bill(bid!, undefined);
  await bidder.settlement.bill(bid!, undefined);
  expect(counted(TOTAL)).toBe(before);
});

test('a late bill of a bid that was said to be lost counts after all, once', async () => {
  const bidder = new Bidder('a-');
  await bidder.follow({ totalMicros: worth(100) });
  const [bid] = await bidder.bidAll(1);
  await bidder.settlement.lose(bid!);
  now += HOLD_MS + GRACE_MS + 1;
  await bidder.tick();
  await bidder.leaser.close();
  expect(counted(TOTAL)).toBe(0);
  await bidder.settlement.bill(bid!, 1_000_000);
  await bidder.settlement.bill(bid!, 1_000_000);
  expect(counted(TOTAL)).toBe(1_000_000);
});

describe('a bill that no reservation holds', () => {
  const charged = {
    'comes late': () => void (now += HOLD_MS + GRACE_MS + 1),
    'is of a bid from before the counters were lost': () => {
      lookups.counts.clear();
      restored = { restoredAt: now + 1, leaseFrom: now + 1 };
    },
  };

  async function billable(becomes: () => void): Promise<{ bidder: Bidder; bid: BidToken }> {
    const bidder = new Bidder('a-');
    await bidder.follow({ totalMicros: worth(100) });
    const [bid] = await bidder.bidAll(1);
    becomes();
    await bidder.tick();
    await bidder.leaser.close();
    expect(counted(TOTAL)).toBe(0);
    return { bidder, bid: bid! };
  }

  test.each(Object.entries(charged))('and %s counts once its booking works', async (_, becomes) => {
    const { bidder, bid } = await billable(becomes);
    const add = jest.spyOn(lookups.counters, 'add').mockRejectedValue(new Error('the lookups are away'));
    await expect(bidder.settlement.bill(bid, undefined)).rejects.toThrow('away');
    add.mockRestore();
    await bidder.settlement.bill(bid, undefined);
    await bidder.settlement.bill(bid, undefined);
    expect(counted(TOTAL)).toBe(CPM);
  });

  test.each(Object.entries(charged))('and %s counts once, said twice at a time', async (_, becomes) => {
    const { bidder, bid } = await billable(becomes);
    const other = new Bidder('b-');
    await Promise.all([bidder, other].map(({ settlement }) => settlement.bill(bid, undefined)));
    expect(counted(TOTAL)).toBe(CPM);
    expect(counted(DAY)).toBe(CPM);
  });
});

test('what could not be given back is not given back twice by a repetition', async () => {
  const bidder = new Bidder('a-');
  await bidder.follow({ totalMicros: worth(100) });
  const [bid] = await bidder.bidAll(1);
  const before = counted(TOTAL);
  const add = lookups.counters.add.bind(lookups.counters);
  const lostAnswer = jest.spyOn(lookups.counters, 'add').mockImplementation(async (key, amount) => {
    await add(key, amount);
    throw new Error('the answer is lost');
  });
  await expect(bidder.settlement.bill(bid!, 1_000_000)).rejects.toThrow('lost');
  lostAnswer.mockRestore();
  await bidder.settlement.bill(bid!, 1_000_000);
  expect(before - counted(TOTAL)).toBe(1_500_000);
});

test('a bidder that is closed gives its slices back and hands its reservations over', async () => {
  const bidder = new Bidder('a-');
  await bidder.follow({ totalMicros: worth(200) });
  await bidder.bidAll(3);
  const options = { documents: lookups.documents, workerId: 1 };
  await new Handover(options).leave(await bidder.leaser.close());
  expect(counted(TOTAL)).toBe(3 * CPM);

  const next = new Bidder('b-');
  next.leaser.adopt(await new Handover(options).take());
  expect(await new Handover(options).take()).toEqual([]);
  now += HOLD_MS + GRACE_MS + 1;
  await next.tick();
  await next.leaser.close();
  expect(counted(TOTAL)).toBe(0);
});

test('reservations handed over are given back when they were not billed, and never once their bill may be forgotten', async () => {
  const bidder = new Bidder('a-');
  await bidder.follow({ totalMicros: worth(200) });
  const [billed] = await bidder.bidAll(3);
  await bidder.settlement.bill(billed!, undefined);
  const left = await bidder.leaser.close();
  expect(counted(TOTAL)).toBe(3 * CPM);
  const start = now;
  const takeOver = async (name: string): Promise<void> => {
    const next = new Bidder(name);
    next.leaser.adopt(left);
    await next.tick();
    await next.leaser.close();
    expect(next.leaser.openReservations).toBe(0);
  };
  now = start + 9 * 86_400_000;
  await takeOver('b-');
  expect(counted(TOTAL)).toBe(3 * CPM);
  now = start + 6 * 86_400_000;
  await takeOver('c-');
  expect(counted(TOTAL)).toBe(1 * CPM);
});

test('a line item that goes away gives its slice back', async () => {
  const bidder = new Bidder('a-');
  await bidder.follow({ totalMicros: worth(200) });
  expect(counted(TOTAL)).toBeGreaterThan(0);
  bidder.leaser.update([]);
  await settle();
  expect(counted(TOTAL)).toBe(0);
});

test('an idle bidder keeps two bids’ worth, so that others can spend the rest', async () => {
  const bidder = new Bidder('a-');
  await bidder.follow({ totalMicros: worth(10_000) });
  await bidder.bidAll(1);
  expect(counted(TOTAL)).toBeGreaterThan(50 * CPM);
  now += 31_000;
  await bidder.tick();
  expect(counted(TOTAL)).toBeLessThanOrEqual(3 * CPM);
  expect(bidder.bid()).toBeDefined();
});

test('lookups that fail are asked ever less often and told of once, and bids go on soon after they are back', async () => {
  const bidder = new Bidder('a-');
  const lease = jest.spyOn(lookups.counters, 'lease').mockRejectedValue(new Error('the lookups are away'));
  await bidder.follow({ totalMicros: worth(100) });
  const minute = now + 60_000;
  for (; now < minute; now += 50) await bidder.tick();
  expect(lease.mock.calls.length).toBeGreaterThan(1);
  expect(lease.mock.calls.length).toBeLessThan(12);
  expect(bidder.logged.length).toBeLessThan(7);
  lease.mockRestore();
  now += 8_000;
  await bidder.tick();
  expect(bidder.bid()).toBeDefined();
});

test('a day’s budget is not used up by leases that failed at the total', async () => {
  const bidder = new Bidder('a-');
  const lease = lookups.counters.lease.bind(lookups.counters);
  const failing = jest
    .spyOn(lookups.counters, 'lease')
    .mockImplementation((key, want, limit) =>
      key === TOTAL ? Promise.reject(new Error('its node is away')) : lease(key, want, limit),
    );
  await bidder.follow({ dailyMicros: worth(10), totalMicros: worth(100) });
  for (const end = now + 60_000; now < end; now += 50) await bidder.tick();
  expect(failing.mock.calls.length).toBeGreaterThan(2);
  expect(counted(DAY)).toBe(0);
});

test('what an idle bidder cannot give back for now it tries to give back ever less often', async () => {
  const bidder = new Bidder('a-');
  await bidder.follow({ totalMicros: worth(10_000) });
  await bidder.bidAll(1);
  now += 31_000;
  const failing = jest.spyOn(bidder, 'restoredNow').mockRejectedValue(new Error('the lookups are away'));
  const minute = now + 60_000;
  for (; now < minute; now += 50) await bidder.tick();
  // Twice a second it is looked whether the counters are still the same.
  expect(failing.mock.calls.length).toBeLessThan(135);
});

test('a raised budget opens at once, a lowered one closes', async () => {
  const bidder = new Bidder('a-');
  await bidder.follow({ totalMicros: worth(2) });
  expect(await bidder.bidAll()).toHaveLength(2);
  await bidder.follow({ totalMicros: worth(5) });
  expect(await bidder.bidAll()).toHaveLength(3);
  await bidder.follow({ totalMicros: worth(1) });
  expect(await bidder.bidAll()).toHaveLength(0);
});

test('budgets in the smallest and the largest numbers stay integers', async () => {
  const yen = 9_000_000_000_000_000;
  expect(budgetTerms({ dailyMicros: 1 })).toEqual({ unitMicros: 1, daily: 1_000, total: undefined });
  const terms = budgetTerms({ totalMicros: yen });
  expect(terms.unitMicros).toBeGreaterThan(1);
  expect(Number.isSafeInteger(terms.total)).toBe(true);
  const bidder = new Bidder('a-');
  await bidder.follow({ totalMicros: worth(2) });
  await bidder.bidAll();
  // Grown past the border between the units: what was spent before still counts.
  await bidder.follow({ totalMicros: yen });
  expect(await bidder.bidAll(3)).toHaveLength(3);
  await bidder.follow({ totalMicros: worth(5) });
  expect(await bidder.bidAll()).toHaveLength(0);
});

test('whatever happens, what is billed stays within the budget, and the counters end at what was paid', async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('bid' as const), by: fc.nat(1) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('bill' as const),
        by: fc.nat(1),
        which: fc.nat(50),
        part: fc.constantFrom(1, 2, 4, 5),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('lose' as const), by: fc.nat(1), which: fc.nat(50) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        ms: fc.constantFrom(100, 5_000, 60_000, HOLD_MS + GRACE_MS),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), by: fc.nat(1) }) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 80 }),
      fc.integer({ min: 1, max: 40 }),
      async (steps, impressions) => {
        now = NOON;
        lookups = new FakeLookups();
        let started = 0;
        const budget = { totalMicros: worth(impressions) };
        const start = async (): Promise<Bidder> => {
          const bidder = new Bidder(`${started++}-`);
          await bidder.follow(budget);
          return bidder;
        };
        const bidders = [await start(), await start()];
        const bids: BidToken[] = [];
        const settled = new Set<string>();
        let paid = 0;
        let crashed = false;
        for (const action of steps) {
          if (action.do === 'bid') {
            const bid = bidders[action.by]!.bid();
            if (bid !== undefined) bids.push(bid);
          } else if (action.do === 'wait') now += action.ms;
          else if (action.do === 'crash') {
            crashed = true;
            bidders[action.by] = await start();
          } else {
            const bid = bids[action.which];
            if (bid === undefined || now >= bid.at + HOLD_MS) continue;
            const { settlement } = bidders[action.by]!;
            if (action.do === 'bill') {
              const price = CPM / action.part;
              // Repeats change nothing; a bill behind a loss counts, and may then pass the budget by that bid.
              await settlement.bill(bid, price);
              if (!settled.has(bid.bidId)) paid += price;
              settled.add(bid.bidId);
            } else if (!settled.has(bid.bidId)) {
              await settlement.lose(bid);
              settled.add(bid.bidId);
              bids.splice(action.which, 1);
            }
          }
          for (const bidder of bidders) await bidder.tick();
          expect(paid).toBeLessThanOrEqual(impressions * CPM);
          expect(counted(TOTAL)).toBeLessThanOrEqual(impressions * CPM);
        }
        now += HOLD_MS + GRACE_MS + 1;
        for (const bidder of bidders) {
          await bidder.tick();
          await bidder.leaser.close();
        }
        // A crash may lose the use of a slice, never more money than there is.
        if (crashed) expect(counted(TOTAL)).toBeGreaterThanOrEqual(paid);
        else expect(counted(TOTAL)).toBe(paid);
      },
    ),
    { numRuns: 60 },
  );
});
