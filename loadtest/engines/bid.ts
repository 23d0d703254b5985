import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../services/shared/runtime/logger';
import { openFileLog } from '../../services/shared/stores/log/files/open-file-log';
import { loadTopics } from '../../services/shared/stores/log/topics';
import { openLmdbLookups } from '../../services/shared/stores/lookups/lmdb/open-lmdb-lookups';
import { openRedisLookups } from '../../services/shared/stores/lookups/redis/open-redis-lookups';
import { openReplica } from '../../services/shared/stores/lookups/replica/open-replica';
import { publishLookups } from '../../services/shared/stores/lookups/replica/publish-lookups';
import { newPublishedEpoch } from '../../services/shared/stores/lookups/replication';
import { drive, median, type Driven, type Load } from '../load/closed-loop';
import { bidRequests } from '../fixtures/bid-requests';
import { EXCHANGE } from '../fixtures/catalog';
import { fillLookups } from '../fixtures/fill-lookups';
import { startPinned, type Pinned } from '../load/pinned';

const CONNECTIONS = 128;
const WARM_UP_S = 10;

/** Where the bidder finds people. */
const SOURCES = ['embedded', 'replica', 'redis'] as const;
type Source = (typeof SOURCES)[number];

export interface EngineBid {
  /** Median over the rounds of bid requests a second, each / embedded. */
  replica: number;
  redis: number;
  /** Median over the rounds of two embedded bidders without a core of their own / one. */
  second: number;
  rounds: Record<Source, Driven>[];
  processes: { one: number; two: number }[];
}

export interface EngineBidOptions {
  people: number;
  lineItems: number;
  rounds: number;
  seconds: number;
  core: number | undefined;
  say: (line: string) => void;
}

/** One bidder on a core of its own, its people embedded, in a replica or in Redis, in turns; the records of its bids go to files. */
export async function measureEngineBid(redisUrl: string, options: EngineBidOptions): Promise<EngineBid> {
  const { people, rounds, seconds, core, say } = options;
  const dir = await mkdtemp(join(tmpdir(), 'muster-loadtest-'));
  const running: Pinned[] = [];
  const start = async (args: string[], onCore: number | undefined): Promise<Pinned> => {
    const bidder = await startPinned('bidder', args, onCore);
    running.push(bidder);
    return bidder;
  };
  try {
    await fill(dir, redisUrl, options);
    const requests: Load['requests'] = bidRequests(2_000, people).map((body) => ({
      method: 'POST',
      path: `/openrtb2/${EXCHANGE}`,
      headers: { 'content-type': 'application/json' },
      body,
    }));
    const load = async ({ port }: Pinned, duration: number): Promise<Driven> => {
      const driven = await drive({
        url: `http://127.0.0.1:${port}`,
        seconds: duration,
        connections: CONNECTIONS,
        requests,
      });
      if (driven.errors > 0) throw new Error(`bid requests failed: ${JSON.stringify(driven.statuses)}`);
      return driven;
    };
    const bidders: Record<Source, Pinned> = {
      embedded: await start([join(dir, 'embedded')], core),
      replica: await start([join(dir, 'served'), redisUrl, 'replica'], core),
      redis: await start([join(dir, 'served'), redisUrl], core),
    };
    for (const source of SOURCES) await load(bidders[source], WARM_UP_S);
    const measured: EngineBid['rounds'] = [];
    for (let round = 1; round <= rounds; round++) {
      const driven = {
        embedded: await load(bidders.embedded, seconds),
        replica: await load(bidders.replica, seconds),
        redis: await load(bidders.redis, seconds),
      };
      measured.push(driven);
      say(
        `bid ${round}/${rounds}: replica ${ratio(driven, 'replica').toFixed(3)}, redis ${ratio(driven, 'redis').toFixed(3)} of embedded`,
      );
    }
    for (const bidder of running.splice(0)) bidder.stop();

    const pair = [
      await start([join(dir, 'embedded')], undefined),
      await start([join(dir, 'embedded')], undefined),
    ];
    for (const bidder of pair) await load(bidder, WARM_UP_S);
    const processes: EngineBid['processes'] = [];
    for (let round = 1; round <= rounds; round++) {
      const one = (await load(pair[0]!, seconds)).requestsPerSecond;
      const both = await Promise.all(pair.map((bidder) => load(bidder, seconds)));
      const two = both.reduce((sum, { requestsPerSecond }) => sum + requestsPerSecond, 0);
      processes.push({ one, two });
      say(`bidders ${round}/${rounds}: two ${(two / one).toFixed(3)} of one`);
    }
    return {
      replica: median(measured.map((driven) => ratio(driven, 'replica'))),
      redis: median(measured.map((driven) => ratio(driven, 'redis'))),
      second: median(processes.map(({ one, two }) => two / one)),
      rounds: measured,
      processes,
    };
  } finally {
    for (const bidder of running) bidder.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

function ratio(driven: Record<Source, Driven>, source: Source): number {
  return driven[source].requestsPerSecond / driven.embedded.requestsPerSecond;
}

/** The same people and catalog in all three. */
async function fill(
  dir: string,
  redisUrl: string,
  { people, lineItems, say }: EngineBidOptions,
): Promise<void> {
  const embedded = await openLmdbLookups({ dir: join(dir, 'embedded', 'lookups') });
  await fillLookups(embedded, { people, lineItems, say });
  await embedded.close();

  const served = join(dir, 'served');
  const log = await openFileLog({ dir: join(served, 'log'), topics: loadTopics() });
  const redis = await openRedisLookups({ url: redisUrl });
  let version = 0;
  const next = (): Promise<number> => Promise.resolve(++version);
  const { lookups, feed } = publishLookups({
    lookups: redis,
    log,
    versions: { people: next, memberships: next },
  });
  const epoch = newPublishedEpoch();
  await feed.begin(epoch);
  await fillLookups(lookups, { people, lineItems, say });
  await lookups.setEpoch(epoch);
  const replica = await openReplica({
    dir: join(served, 'replica'),
    log,
    epoch: () => redis.epoch(),
    maxLagMs: 60_000,
    logger: createLogger({ level: 'error', name: 'replica', destination: 2 }),
  });
  while (replica.missing().length > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  await replica.close();
  await redis.close();
  await log.close();
}
