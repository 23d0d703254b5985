import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { Registry } from 'prom-client';
import { startBidder } from '../../bidder/start-bidder';
import { bannerRequest, type Bid } from '../../bidder/testing/bidder-rig';
import { catalog } from '../../bidder/testing/catalog-fixtures';
import { call } from '../../bidder/testing/http-client';
import { INGEST_GROUP } from '../../ingest/ingest-group';
import { seedLookups } from '../../ingest/seed/seed-lookups';
import { startIngest } from '../../ingest/start-ingest';
import { GRACE_MS, HOLD_MS } from '../../shared/domain/restored-budgets';
import { DOCUMENTS } from '../../shared/domain/snapshot';
import { DAY_MS } from '../../shared/domain/time';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import { openCatalog } from '../../shared/stores/catalog/open-catalog';
import type { Lake } from '../../shared/stores/lake/lake';
import { openLake } from '../../shared/stores/lake/open-lake';
import { openFileLog } from '../../shared/stores/log/files/open-file-log';
import type { Log } from '../../shared/stores/log/log';
import { loadTopics } from '../../shared/stores/log/topics';
import type { Lookups } from '../../shared/stores/lookups/lookups';
import { eventually } from '../../shared/testing/eventually';

export interface LosableLookups {
  open: (dir: string) => Promise<Lookups>;
  /** Takes all that is in them away; answers those that are there then. */
  lose: (lookups: Lookups, dir: string) => Promise<Lookups>;
  /** Whether a bidder can go on over the loss, as its connection does. */
  bidderSurvives: boolean;
}

const CPM = 2_500_000;
/** Impressions that the budgets pay. */
const TOTAL = 40;
const DAILY = 30;
const NOON = Date.UTC(2026, 0, 15, 12);

/** The guarantee: a budget is not exceeded although LOOKUPS are lost while bids are open and bills unread. */
export function describeBudgetsAfterLoss(name: string, { open, lose, bidderSurvives }: LosableLookups): void {
  describe(`budgets when ${name} loses everything`, () => {
    let dir: string;
    let now = NOON;
    let log: Log;
    let lake: Lake;
    let store: Catalog;
    let lookups: Lookups;
    let bidder: Awaited<ReturnType<typeof startBidder>>;

    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'muster-budgets-'));
      log = await openFileLog({ dir: join(dir, 'log'), topics: loadTopics() });
      lake = await openLake({ path: join(dir, 'lake') });
      store = await openCatalog({ path: join(dir, 'catalog') });
      lookups = await open(dir);
      await seed();
      await publish();
      await start();
    });
    afterAll(async () => {
      await bidder.close();
      await Promise.all([log.close(), lake.close(), store.close(), lookups.close()]);
      await rm(dir, { recursive: true, force: true });
    });

    const logger = pino({ level: 'silent' });
    const seed = () =>
      seedLookups({
        lake,
        log,
        lookups,
        catalog: store,
        logger,
        now: () => now,
        excludeBuilder: async () => async () => undefined,
      });

    async function publish(): Promise<void> {
      const micros = (impressions: number): number => (impressions * CPM) / 1_000;
      const budget = { totalMicros: micros(TOTAL), dailyMicros: micros(DAILY) };
      const snapshot = catalog({ lineItems: [{ id: 'li', budget, bidCpmMicros: CPM }] });
      await lookups.documents.put(DOCUMENTS.bidding, Date.now(), Buffer.from(JSON.stringify(snapshot)));
    }

    async function start(): Promise<void> {
      const registry = new Registry();
      const options = {
        host: '127.0.0.1',
        port: 0,
        publicUrl: 'https://bid.example',
        secret: 'of this installation',
      };
      bidder = await startBidder({ log, lookups, registry, logger, now: () => now, ...options });
      await eventually(() => Promise.resolve(expect(bidder.missing()).toEqual([])));
    }

    async function bid(): Promise<Bid | undefined> {
      const url = `http://127.0.0.1:${bidder.port}/openrtb2/ex`;
      const answer = await call(url, { body: JSON.stringify(bannerRequest()) });
      return answer.status === 200 ? (answer.json['seatbid'] as [{ bid: [Bid] }])[0].bid[0] : undefined;
    }

    /** So many bids, as leases come in; fewer when for a while there is none. */
    async function bids(count: number): Promise<Bid[]> {
      const made: Bid[] = [];
      for (let dry = 0; made.length < count && dry < 30;) {
        const one = await bid();
        if (one !== undefined) made.push(one);
        dry = one === undefined ? dry + 1 : 0;
        if (one !== undefined) continue;
        // Those who found no budget ask again after a second of their own clock.
        now += 100;
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
      return made;
    }

    async function bill(...of: Bid[]): Promise<void> {
      for (const { burl } of of) {
        const url = burl.replace('https://bid.example', `http://127.0.0.1:${bidder.port}`);
        expect((await call(url.replace('${AUCTION_PRICE}', '2.5'))).status).toBe(204);
      }
    }

    /** Ingest handles what is in the log now, and ends. */
    async function ingest(): Promise<void> {
      const service = await startIngest({
        log,
        lake,
        lookups,
        catalog: store,
        registry: new Registry(),
        logger,
        lingerMs: 5,
      });
      await eventually(async () => {
        for (const { committed, end } of await log.positions(INGEST_GROUP, ['bids', 'notices']))
          expect(committed).toBe(end);
      });
      await service.close();
    }

    it('are not exceeded: bills in the lake, bills in the log and bills still to come all count, each once', async () => {
      const made = await bids(14);
      expect(made).toHaveLength(14);
      const [inLake, inLog, open_, repeated] = [
        made.slice(0, 5),
        made.slice(5, 9),
        made.slice(9, 12),
        made[0]!,
      ];
      await bill(...inLake);
      await ingest();
      await bill(...inLog);
      // At half its price, and told twice: once in the lake, once behind it.
      await bill(repeated);

      if (!bidderSurvives) await bidder.close();
      lookups = await lose(lookups, dir);
      now += 5_000;
      await seed();
      await publish();
      if (!bidderSurvives) await start();

      // Nothing is leased as long as what was open may still be billed, and what is billed counts in full.
      await eventually(async () => expect(await bid()).toBeUndefined());
      await bill(...open_, repeated, inLog[0]!);
      expect(await bids(1)).toEqual([]);

      now += HOLD_MS + GRACE_MS + 20_000;
      const today = await bids(TOTAL);
      await bill(...today);
      expect(today.length + 12).toBe(DAILY);

      now += DAY_MS;
      const tomorrow = await bids(TOTAL);
      await bill(...tomorrow);
      expect(tomorrow.length + DAILY).toBe(TOTAL);

      await ingest();
      const [billed] = await lake.numbers('SELECT toUInt64(count()) FROM notices WHERE billed');
      expect(billed).toBe(TOTAL);
    });

    it('are restored once more when it happens again, from the lake alone', async () => {
      if (!bidderSurvives) await bidder.close();
      lookups = await lose(lookups, dir);
      await seed();
      await publish();
      if (!bidderSurvives) await start();
      now += HOLD_MS + GRACE_MS + 20_000;
      expect(await bids(1)).toEqual([]);
    });
  });
}
