import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineAtUrl } from '../../shared/local-engines/engine';
import { startRedis } from '../../shared/local-engines/redis';
import { openRedisLookups } from '../../shared/stores/lookups/redis/open-redis-lookups';
import { describeBudgetsAfterLoss } from '../testing/budgets-after-loss';

/** A Redis of its own: it loses everything, and the others of this run must not. */
let redis: EngineAtUrl;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-redis-'));
  redis = await startRedis(dir);
});
afterAll(async () => {
  await redis.stop();
  await rm(dir, { recursive: true, force: true });
});

async function flushAll(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write('FLUSHALL\r\n'));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
    socket.once('error', reject);
  });
  expect(answer).toBe('+OK\r\n');
}

describeBudgetsAfterLoss('Redis', {
  open: () => openRedisLookups({ url: redis.url }),
  lose: async (lookups) => {
    await flushAll(redis.url);
    return lookups;
  },
  bidderSurvives: true,
});
