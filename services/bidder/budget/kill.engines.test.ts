import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineAtUrl } from '../../shared/local-engines/engine';
import { startRedis } from '../../shared/local-engines/redis';
import { openRedisLookups } from '../../shared/stores/lookups/redis/open-redis-lookups';
import { budgetIsNeverExceeded } from '../testing/budget-guarantee';
import { pause } from '../../shared/testing/pause';

/** `--globals '{"rounds":20}'` for a longer run. */
declare const rounds: number | undefined;
const ROUNDS = typeof rounds === 'number' ? rounds : 2;
/** Longer than a bidder waits for an answer to what it writes. */
const HANG_S = 11;

let dir: string;
let redis: EngineAtUrl;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-budget-redis-'));
  redis = await startRedis(dir);
});
afterAll(async () => {
  await redis.stop();
  await rm(dir, { recursive: true, force: true });
});

budgetIsNeverExceeded({
  title: 'whatever bidders are killed with -9 while Redis dies, hangs and comes back',
  openLookups: () => openRedisLookups({ url: redis.url }),
  redisUrl: () => redis.url,
  rounds: ROUNDS,
  disturb: async (round) => {
    await pause(0.3);
    if (round % 2 === 0) {
      redis.kill();
      await pause(0.5);
      await redis.restart();
    } else {
      redis.freeze();
      await pause(round % 4 === 1 ? HANG_S : 1);
      redis.thaw();
    }
    await pause(0.5);
  },
});
