import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import pino from 'pino';
import type { Lookups, MembershipRecord } from '../lookups';
import { Connections } from './connections';
import { Keys } from './keys';
import { openRedisLookups } from './open-redis-lookups';
import { parseRedisUrl } from './redis-url';
import { startCountingProxy } from './testing/counting-proxy';
import { deleteKeys } from './testing/delete-keys';
import { engineUrl } from '../../../testing/engines/engine-url';

const engines = [
  ['Redis', 'REDIS_URL'],
  ['Redis Cluster', 'REDIS_CLUSTER_URL'],
] as const;

describe.each(engines)('two processes on %s', (_, variable) => {
  let options: { url: string; keyPrefix: string };
  let one: Lookups;
  let two: Lookups;
  beforeEach(async () => {
    options = { url: engineUrl(variable), keyPrefix: `${randomUUID()}:` };
    one = await openRedisLookups(options);
    two = await openRedisLookups(options);
  });
  afterEach(async () => {
    await Promise.all([one.close(), two.close()]);
    await deleteKeys(options);
  });

  test('that assign the same identities at once agree on one number each', async () => {
    const identities = Array.from({ length: 2_500 }, (_value, i) => `cookie:${i}`);
    const [ours, theirs] = await Promise.all([
      one.identities.assign(identities, counter(1)),
      two.identities.assign([...identities].reverse(), counter(1_000_000)),
    ]);
    expect(theirs.reverse()).toEqual(ours);
    expect(new Set(ours.map(({ iid }) => iid)).size).toBe(2_500);
    expect((await one.stats())['identities_count']).toBe(2_500);
  });

  test('lose nothing when one confirms what the other repoints', async () => {
    const identities = Array.from({ length: 500 }, (_value, i) => `cookie:${i}`);
    await one.identities.assign(identities, counter(1));
    for (let round = 0; round < 5; round++) {
      const last = { uid: 1 + round, optedOut: round % 2 === 1 };
      await Promise.all([
        one.identities.confirm(identities),
        two.identities.repoint(identities.map((identity) => ({ identity, ...last }))),
        one.identities.confirm([...identities].reverse()),
      ]);
      const entries = await one.identities.resolve(identities);
      expect(entries).toEqual(identities.map((_value, i) => ({ iid: i + 1, confirmed: true, ...last })));
    }
  });

  test('never see a member of a person that is not there, while persons are joined and parted', async () => {
    // A uid is never taken twice here: where it did not change between two answers, nothing did.
    const person = (uid: number) => ({
      uid,
      members: [{ iid: 70, identity: 'cookie:70' }],
      edges: [],
      choices: [],
    });
    await one.people.put({ records: [person(1_000)], removed: [], uidOf: [{ iid: 70, uid: 1_000 }] });
    const state = { isDone: false };
    const reading = (async () => {
      let count = 0;
      for (; !state.isDone; count++) {
        const [before] = await two.people.uidOf([70]);
        const [record] = await two.people.get([before!]);
        const [after] = await two.people.uidOf([70]);
        if (before === after) expect(record).toEqual(person(before!));
      }
      return count;
    })();
    for (let uid = 1_000; uid < 30_000; uid += 100) {
      await one.people.put({
        records: [person(uid + 100)],
        removed: [uid],
        uidOf: [{ iid: 70, uid: uid + 100 }],
      });
    }
    state.isDone = true;
    expect(await reading).toBeGreaterThan(20);
  });
});

describe('on a cluster', () => {
  test('a shard that came back empty is noticed, whichever it is', async () => {
    const options = { url: engineUrl('REDIS_CLUSTER_URL'), keyPrefix: `${randomUUID()}:` };
    const lookups = await openRedisLookups(options);
    const connections = await Connections.open(parseRedisUrl(options.url), {
      timeoutMs: 10_000,
      logger: undefined,
    });
    try {
      const masters = connections.masters();
      expect(masters.length).toBeGreaterThan(1);
      for (const [round, master] of masters.entries()) {
        await lookups.setEpoch(`filling ${round}`);
        expect(await lookups.epoch()).toBe(`filling ${round}`);
        const held = await master.keys(`${options.keyPrefix}epoch*`);
        expect(held).not.toEqual([]);
        for (const key of held) await master.del(key);
        expect(await lookups.epoch()).toBeUndefined();
      }
    } finally {
      await connections.close();
      await lookups.close();
      await deleteKeys(options);
    }
  });
});

describe('on one server', () => {
  const url = (): string => engineUrl('REDIS_URL');
  const keyPrefix = `${randomUUID()}:`;
  afterAll(() => deleteKeys({ url: url(), keyPrefix }));

  test('a bid costs two round trips, and several at once cost no more', async () => {
    const proxy = await startCountingProxy(url());
    const lookups = await openRedisLookups({ url: proxy.url, keyPrefix });
    await lookups.identities.assign(['cookie:bid', 'maid:bid', 'eid:x:bid'], counter(1));
    await lookups.memberships.put([record(1, 3)]);
    const bid = async (): Promise<MembershipRecord | undefined> => {
      const entries = await lookups.identities.resolve([
        'cookie:bid',
        'maid:bid',
        'cookie:unknown',
        'eid:x:bid',
      ]);
      return lookups.memberships.get(entries[0]!.uid);
    };
    const before = proxy.roundTrips();
    expect(await bid()).toEqual(record(1, 3));
    expect(proxy.roundTrips() - before).toBe(2);
    await Promise.all(Array.from({ length: 50 }, bid));
    expect(proxy.roundTrips() - before).toBeLessThan(50);
    await lookups.close();
    await proxy.close();
  });

  test('small records stay in packed lists, whatever the identities look like', async () => {
    const lookups = await openRedisLookups({ url: url(), keyPrefix });
    const raw = new Redis(url());
    const keys = new Keys(keyPrefix);
    const identities = ['maid:p', `cookie:${'a'.repeat(100)}`, `eid:x:${'界'.repeat(400)}`];
    await lookups.identities.assign(identities, counter(1));
    await lookups.memberships.put(Array.from({ length: 64 }, (_, i) => record(640 + i, 4)));
    for (const identity of identities)
      expect(await raw.object('ENCODING', keys.identity(identity).key)).toBe('listpack');
    expect(await raw.object('ENCODING', keys.numbered('m', 640).key)).toBe('listpack');
    raw.disconnect();
    await lookups.close();
  });

  test('a claim is forgotten by Redis, a day after its expiry at the earliest', async () => {
    const lookups = await openRedisLookups({ url: url(), keyPrefix });
    const raw = new Redis(url());
    const position = { partition: 0, offset: 1 };
    const now = Date.now();
    await lookups.claims.claim('s', [{ key: 'long', position, expiresAt: now + 3_600_000 }], now);
    await lookups.claims.claim('s', [{ key: 'old', position, expiresAt: 2_000 }], 1_000);
    const [long, old] = await Promise.all(
      ['long', 'old'].map((key) => raw.pexpiretime(new Keys(keyPrefix).claim('s', key))),
    );
    expect(long! - now).toBeGreaterThanOrEqual(25 * 3_600_000);
    expect(long! - now).toBeLessThan(25 * 3_600_000 + 60_000);
    expect(old! - now).toBeGreaterThanOrEqual(24 * 3_600_000);
    raw.disconnect();
    await lookups.close();
  });

  test('sums near the greatest safe integer are exact', async () => {
    const lookups = await openRedisLookups({ url: url(), keyPrefix });
    const limit = Number.MAX_SAFE_INTEGER;
    expect(await lookups.counters.add('near', limit - 3)).toBe(limit - 3);
    expect(await lookups.counters.lease('near', 10, limit)).toBe(3);
    expect(await lookups.counters.add('near', -1)).toBe(limit - 1);
    expect(await lookups.counters.get(['near'])).toEqual([limit - 1]);
    await lookups.close();
  });

  test('whoever asks for a server that is not there is told which variable, what and why', async () => {
    const opening = openRedisLookups({ url: 'redis://user:secret@127.0.0.1:1/2', connectTimeoutMs: 500 });
    await expect(opening).rejects.toThrow(
      'REDIS_URL: no connection to redis://127.0.0.1:1/2 in 500 ms: connect ECONNREFUSED 127.0.0.1:1',
    );
    const cluster = openRedisLookups({ url: 'redis://127.0.0.1:1,127.0.0.1:2', connectTimeoutMs: 500 });
    await expect(cluster).rejects.toThrow(/^REDIS_URL: no connection to .*\(cluster\) in 500 ms: /);
    const plain = openRedisLookups({ url: `${url()}?cluster=true`, connectTimeoutMs: 500 });
    await expect(plain).rejects.toThrow(/^REDIS_URL: .*cluster support disabled/);
  });

  test('a server that evicts what it likes is warned of', async () => {
    const raw = new Redis(url());
    const warnings: string[] = [];
    const logger = pino({}, { write: (line: string) => void warnings.push(line) });
    await raw.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await (await openRedisLookups({ url: url(), keyPrefix, logger })).close();
    await raw.config('SET', 'maxmemory-policy', 'noeviction');
    await (await openRedisLookups({ url: url(), keyPrefix, logger })).close();
    expect(warnings).toEqual([expect.stringContaining('allkeys-lru')]);
    raw.disconnect();
  });

  test('a wrong password is told at once', async () => {
    const raw = new Redis(url());
    await raw.acl('SETUSER', 'muster-test', 'on', '>right', '~*', '+@all');
    const wrong = url().replace('redis://', 'redis://muster-test:wrong@');
    await expect(openRedisLookups({ url: wrong, connectTimeoutMs: 60_000 })).rejects.toThrow(
      /^REDIS_URL: .*WRONGPASS/,
    );
    const right = await openRedisLookups({ url: url().replace('redis://', 'redis://muster-test:right@') });
    expect(await right.epoch()).toBeUndefined();
    await right.close();
    await raw.acl('DELUSER', 'muster-test');
    raw.disconnect();
  });
});

function record(uid: number, count: number): MembershipRecord {
  const memberships = Array.from({ length: count }, (_, i) => ({ audience: i + 1, sinceS: 5, untilS: 9 }));
  return { uid, version: 1, consent: 31, evaluatedAt: 1_700_000_000_123, memberships };
}

function counter(first: number): () => number {
  let next = first;
  return () => next++;
}
