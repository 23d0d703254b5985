import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { EngineAtUrl } from '../../../local-engines/engine';
import { startRedis } from '../../../local-engines/redis';
import { eventually } from '../../../testing/eventually';
import { FaultProxy } from '../../../testing/fault-proxy';
import type { Lookups } from '../lookups';
import { openRedisLookups } from './open-redis-lookups';

const LANES = 20;

let dir: string;
let master: EngineAtUrl;
let replica: EngineAtUrl;
/** The address that follows the master. */
let proxy: FaultProxy;
let lookups: Lookups;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-redis-'));
  [master, replica] = await Promise.all([startRedis(join(dir, 'one')), startRedis(join(dir, 'two'))]);
  const second = new Redis(replica.url);
  await second.replicaof('127.0.0.1', portOf(master));
  await eventually(async () => expect(await second.info('replication')).toMatch(/master_link_status:up/));
  second.disconnect();
  proxy = await FaultProxy.start(portOf(master));
  lookups = await openRedisLookups({ url: `redis://127.0.0.1:${proxy.port}` });
});

afterEach(async () => {
  await lookups.close();
  await proxy.close();
  await Promise.all([master.stop(), replica.stop()]);
  await rm(dir, { recursive: true, force: true });
});

function portOf({ url }: EngineAtUrl): number {
  return Number(new URL(url).port);
}

/** The master dies as it stands, its replica takes its place and its address. */
async function failOver(): Promise<void> {
  master.kill();
  const second = new Redis(replica.url);
  await second.replicaof('NO', 'ONE');
  second.disconnect();
  proxy.retarget(portOf(replica));
}

test('whatever was acknowledged before a failover is there behind it, and goes on from there', async () => {
  const numbers = new Map<string, number>();
  let next = 1;
  let charged = 0;
  const lane = async (lane: number): Promise<void> => {
    for (let n = 0; ; n++) {
      const identity = `maid:${lane}-${n}` as const;
      const [entry] = await lookups.identities.assign([identity], () => next++);
      numbers.set(identity, entry!.iid);
      await lookups.counters.add('charged', 1);
      charged += 1;
    }
  };
  const running = Promise.allSettled(Array.from({ length: LANES }, (_, i) => lane(i)));
  await eventually(() => Promise.resolve(expect(charged).toBeGreaterThan(500)));
  await failOver();
  expect((await running).every(({ status }) => status === 'rejected')).toBe(true);

  const [count = 0] = await eventually(async () => lookups.counters.get(['charged']));
  expect(count).toBeGreaterThanOrEqual(charged);
  expect(count).toBeLessThanOrEqual(charged + LANES);
  const identities = [...numbers.keys()];
  // Reads have a connection of their own, which is back a moment later.
  const found = await eventually(async () => lookups.identities.resolve(identities));
  expect(found.map((entry) => entry?.iid)).toEqual([...numbers.values()]);
  // Who asks again for what was not acknowledged is told the one number there is, or gets the next.
  const again = await lookups.identities.assign(identities, () => {
    throw new Error('a second number for an identity that has one');
  });
  expect(again.map(({ iid }) => iid)).toEqual([...numbers.values()]);
  await lookups.identities.assign(['maid:behind'], () => next);
  expect((await lookups.identities.resolve(['maid:behind']))[0]?.iid).toBe(next);
});
