import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONSENT } from '../shared/domain/consent/bits';
import { openFileLog } from '../shared/stores/log/files/open-file-log';
import type { Log } from '../shared/stores/log/log';
import { loadTopics } from '../shared/stores/log/topics';
import { openLmdbLookups } from '../shared/stores/lookups/lmdb/open-lmdb-lookups';
import { REBUILD_EPOCH, type Lookups } from '../shared/stores/lookups/lookups';
import { decodeFeedRecord } from '../shared/stores/lookups/replica/feed-record';
import { publishLookups } from '../shared/stores/lookups/replica/publish-lookups';
import { unpackMemberships } from '../shared/stores/lookups/packing';
import type { PersonVerdict } from './membership-diff';
import { Publisher } from './publisher';

const NOW = Date.UTC(2026, 0, 1);
const ACTIVE = new Set([1, 2]);
const REFUSED = CONSENT.signal;

let dir: string;
let log: Log;
let lookups: Lookups;
let numbers = 0;
let inserts = 0;
let lookupsDie = false;
const kv = new Map<string, string>();

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-publisher-'));
  log = await openFileLog({ dir: join(dir, 'log'), topics: loadTopics() });
  lookups = await openLmdbLookups({ dir: join(dir, 'lookups') });
  await lookups.setEpoch('filled');
  lookupsDie = false;
  kv.clear();
});
afterEach(async () => {
  await Promise.all([log.close(), lookups.close()]);
  await rm(dir, { recursive: true, force: true });
});

/** As a process that has just started. */
async function start(): Promise<Publisher> {
  const { memberships } = lookups;
  const nextSeq = async () => ++numbers;
  const published = publishLookups({
    log,
    versions: { people: nextSeq, memberships: nextSeq },
    lookups: {
      ...lookups,
      memberships: {
        get: (uid) => memberships.get(uid),
        getMany: (uids) => memberships.getMany(uids),
        put: async (records) => {
          if (lookupsDie) throw new Error('no lookups');
          await memberships.put(records);
        },
        remove: (uids) => memberships.remove(uids),
      },
    },
  });
  const publisher = new Publisher({
    ...published,
    // A lake that has no row to be taken back.
    lake: { insert: async () => void inserts++, query: async () => [] },
    kv: { get: async (key) => kv.get(key), put: async (key, value) => void kv.set(key, value) },
    nextSeq,
  });
  await publisher.load();
  return publisher;
}

function verdict(uid: number, audiences: number[], consent = 0): PersonVerdict {
  return { uid, consent, untilS: new Map([1, 2].map((n) => [n, audiences.includes(n) ? 4e9 : 0])) };
}

/** What a replica makes of the topic: the newest of each person. */
async function inTopic(): Promise<Record<number, { audiences: number[]; consent: number } | 'removed'>> {
  const state: Awaited<ReturnType<typeof inTopic>> = {};
  for (const entry of await log.read('lookups', 0, 0, Infinity, 1e6)) {
    const record = decodeFeedRecord(entry);
    if (record.kind !== 'memberships') continue;
    const { uid, packed } = record;
    if (packed.length === 0) state[uid] = 'removed';
    else {
      const { consent, memberships } = unpackMemberships(uid, packed, packed.length);
      state[uid] = { audiences: memberships.map(({ audience }) => audience), consent };
    }
  }
  return state;
}

test('what is published is in the topic and in the lookups', async () => {
  const publisher = await start();
  await publisher.publish([verdict(5, [1, 2]), verdict(6, [2])], ACTIVE, NOW);
  await publisher.publish([verdict(6, [])], ACTIVE, NOW + 1);
  expect(await inTopic()).toEqual({ 5: { audiences: [1, 2], consent: 0 }, 6: 'removed' });
  expect((await lookups.memberships.get(5))?.memberships).toHaveLength(2);
  expect(await lookups.memberships.get(6)).toBeUndefined();
});

describe.each([
  ['after a failure', false],
  ['by the next process', true],
])('what only the topic got is set back to the lookups %s', (_, restarts) => {
  test.each([
    ['a membership', verdict(5, [1, 2]), verdict(5, [1])],
    ['a first record', verdict(7, [1]), verdict(7, [])],
    // No row of the lake tells of this one.
    ['a consent', verdict(5, [1], CONSENT.signal | 31), verdict(5, [1])],
    ['a refusal', verdict(5, [1], REFUSED), verdict(5, [1])],
  ])('%s', async (_what, lost, newest) => {
    let publisher = await start();
    await publisher.publish([verdict(5, [1]), verdict(6, [2])], ACTIVE, NOW);
    await publisher.save(NOW, true);
    lookupsDie = true;
    await expect(publisher.publish([lost], ACTIVE, NOW + 1)).rejects.toThrow('no lookups');
    lookupsDie = false;
    const apart = await inTopic();
    if (restarts) publisher = await start();
    // Meanwhile the person has changed back: the lookups are as they should be, and nothing is to be written.
    await publisher.publish([newest], ACTIVE, NOW + 2);
    const { uid } = lost;
    const held = await lookups.memberships.get(uid);
    const expected =
      held === undefined
        ? 'removed'
        : { audiences: held.memberships.map(({ audience }) => audience), consent: held.consent };
    expect(apart[uid]).not.toEqual(expected);
    expect(await inTopic()).toMatchObject({ [uid]: expected, 6: { audiences: [2], consent: 0 } });
  });
});

test.each([
  ['were lost and filled', 'another filling'],
  ['are to be filled', REBUILD_EPOCH],
])('lookups that %s meanwhile are not gone by', async (_what, epoch) => {
  const publisher = await start();
  await publisher.publish([verdict(5, [1])], ACTIVE, NOW);
  const [inLake, before] = [inserts, await inTopic()];
  await lookups.setEpoch(epoch);
  await expect(publisher.publish([verdict(5, [1, 2])], ACTIVE, NOW + 1)).rejects.toThrow('not those');
  expect(inserts).toBe(inLake);
  expect(await inTopic()).toEqual(before);
  expect((await lookups.memberships.get(5))?.memberships).toHaveLength(1);
});

test('the lake is not set back to lookups that were lost', async () => {
  await (await start()).publish([verdict(5, [1])], ACTIVE, NOW);
  await lookups.setEpoch(REBUILD_EPOCH);
  await expect(start()).rejects.toThrow('not filled');
});

test('where nothing was published before, the topic is taken as it is', async () => {
  await log.append('lookups', [{ key: 'm:9', value: Buffer.from('of another time') }]);
  const publisher = await start();
  await publisher.publish([verdict(5, [1])], ACTIVE, NOW);
  const keys = (await log.read('lookups', 0, 0, Infinity, 1e6)).map(({ key }) => key);
  expect(keys).toEqual(['m:9', 'm:5']);
});
