import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pino from 'pino';
import type { EngineAtUrl } from '../../../local-engines/engine';
import { startRedis } from '../../../local-engines/redis';
import { eventually } from '../../../testing/eventually';
import type { Lookups } from '../lookups';
import { openRedisLookups } from './open-redis-lookups';

let dir: string;
let server: EngineAtUrl;
let lookups: Lookups;
let replica: EngineAtUrl | undefined;
let logged: string[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-redis-'));
  server = await startRedis(join(dir, 'one'));
  logged = [];
  const logger = pino(
    {},
    { write: (line: string) => void logged.push((JSON.parse(line) as { msg: string }).msg) },
  );
  lookups = await openRedisLookups({ url: server.url, logger });
  await lookups.identities.assign(['maid:a'], () => 7);
});

afterEach(async () => {
  await lookups.close();
  await replica?.stop();
  replica = undefined;
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

test('reads fail soon, not for ever, while the server is stopped, and work by themselves once it is back', async () => {
  await server.stop();
  for (let i = 0; i < 3; i++) {
    const { ms } = await rejectionOf(lookups.identities.resolve(['maid:a']));
    expect(ms).toBeLessThan(500);
  }
  expect((await rejectionOf(lookups.counters.add('n', 1))).ms).toBeLessThan(12_000);
  expect((await rejectionOf(lookups.stats())).ms).toBeLessThan(12_000);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await server.restart();
  await eventually(
    async () => expect((await lookups.identities.resolve(['maid:a']))[0]?.iid).toBe(7),
    10_000,
  );
  expect(await lookups.counters.add('n', 1)).toBe(1);
  await eventually(async () => expect(logged).toContain('connected to the lookups again'));
  expect(logged.filter((line) => line === 'connection to the lookups lost')).toHaveLength(1);
});

test('what was under way when the server fell fails then, and is not done again', async () => {
  const lanes = 50;
  let acknowledged = 0;
  const lane = async (): Promise<void> => {
    for (;;) {
      await lookups.counters.add('n', 1);
      acknowledged++;
    }
  };
  const running = Promise.allSettled(Array.from({ length: lanes }, lane));
  await new Promise((resolve) => setTimeout(resolve, 200));
  server.kill();
  expect((await running).every(({ status }) => status === 'rejected')).toBe(true);
  await server.restart();
  const [count] = await eventually(async () => lookups.counters.get(['n']), 10_000);
  expect(acknowledged).toBeGreaterThan(lanes);
  expect(count).toBeGreaterThanOrEqual(acknowledged);
  expect(count).toBeLessThanOrEqual(acknowledged + lanes);
});

test('reads fail within a few seconds while the server does not answer, and work once it does', async () => {
  const raw = new Redis(server.url);
  await raw.client('PAUSE', 5_000, 'ALL');
  const { ms } = await rejectionOf(lookups.identities.resolve(['maid:a']));
  expect(ms).toBeGreaterThan(1_500);
  expect(ms).toBeLessThan(4_000);
  await eventually(
    async () => expect((await lookups.identities.resolve(['maid:a']))[0]?.iid).toBe(7),
    15_000,
  );
  raw.disconnect();
});

test('writes wait for a replica where there is one', async () => {
  replica = await startRedis(join(dir, 'two'));
  const [master, second] = [new Redis(server.url), new Redis(replica.url)];
  await second.replicaof('127.0.0.1', Number(new URL(server.url).port));
  await eventually(async () => expect(await second.info('replication')).toMatch(/master_link_status:up/));
  const waits = async (): Promise<number> =>
    Number(/cmdstat_wait:calls=(\d+)/.exec(await master.info('commandstats'))?.[1] ?? 0);
  await lookups.counters.lease('before', 1, 10);
  expect(await waits()).toBe(0);
  const again = await openRedisLookups({ url: server.url });
  await again.identities.assign(['maid:b'], () => 8);
  expect(await waits()).toBeGreaterThan(0);
  expect(await second.hgetBuffer('muster:i:x', 'maid:b')).toBeNull();
  await again.close();
  master.disconnect();
  second.disconnect();
});

async function rejectionOf(asked: unknown): Promise<{ error: unknown; ms: number }> {
  const from = performance.now();
  try {
    await asked;
  } catch (error) {
    return { error, ms: performance.now() - from };
  }
  throw new Error('was expected to fail');
}
