import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { eventually } from '../../../testing/eventually';
import { openFileLog } from '../../log/files/open-file-log';
import type { AppendRecord, Log } from '../../log/log';
import { loadTopics } from '../../log/topics';
import { openReplicaStore } from '../lmdb/open-replica-store';
import { FOREVER_S, type MembershipRecord } from '../lookups';
import type { LookupsReplica } from '../replication';
import {
  decodeFeedRecord, epochRecord, membershipsRecord, numberRecord, personRecord, removedRecord,
} from './feed-record'; // prettier-ignore
import { openReplica } from './open-replica';

const EPOCH = 'published:child';
const MAX_LAG_MS = 30_000;
const HOOK = join(__dirname, '../../../testing/ts-node-hook.cjs');

let dir: string;
let log: Log;
let opened: LookupsReplica[] = [];
let epoch: string | undefined = EPOCH;
let aheadMs = 0;
let logIsAway = false;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-replica-'));
  log = await openFileLog({ dir: join(dir, 'log'), topics: loadTopics() });
  epoch = EPOCH;
  aheadMs = 0;
  logIsAway = false;
});
afterEach(async () => {
  await Promise.all(opened.map((replica) => replica.close()));
  opened = [];
  await log.close();
  await rm(dir, { recursive: true, force: true });
});

async function open(): Promise<LookupsReplica> {
  const replica = await openReplica({
    dir: join(dir, 'replica'),
    log: {
      read: (...range) => log.read(...range),
      positions: async (group, topics) => {
        if (logIsAway) throw new Error('no brokers');
        return log.positions(group, topics);
      },
    },
    epoch: () => epoch,
    maxLagMs: MAX_LAG_MS,
    logger: pino({ level: 'silent' }),
    now: () => Date.now() + aheadMs,
  });
  opened.push(replica);
  return replica;
}

function append(...records: AppendRecord[]): Promise<void> {
  return log.append('lookups', records);
}

const filled = (...records: AppendRecord[]) =>
  append(epochRecord('begin', EPOCH), ...records, epochRecord('end', EPOCH));

function record(uid: number, ...audiences: number[]): MembershipRecord {
  const memberships = audiences.map((audience) => ({ audience, sinceS: 1, untilS: FOREVER_S }));
  return { uid, version: 1, consent: 31, evaluatedAt: 1_700_000_000_000, memberships };
}

async function ready(replica: LookupsReplica): Promise<void> {
  await eventually(async () => expect(replica.missing()).toEqual([]));
}

const entry = (iid: number, uid = iid, optedOut = false) => ({ iid, uid, confirmed: true, optedOut });

test('says nothing before it is filled, then what the topic says', async () => {
  const replica = await open();
  await append(numberRecord('maid:a', 1));
  await eventually(async () =>
    expect(replica.missing()[0]).toMatch(/^lookups replica: not filled yet, 0 records/),
  );
  expect(() => replica.identities.resolve(['maid:a'])).toThrow('not filled');
  expect(() => replica.memberships.get(1)).toThrow('not filled');
  await filled(numberRecord('maid:b', 2), membershipsRecord(record(2, 7, 9), 1));
  await ready(replica);
  // What stood in the topic before this filling is not part of it.
  expect(replica.identities.resolve(['maid:a', 'maid:b', ''])).toEqual([undefined, entry(2), undefined]);
  expect(replica.memberships.get(2)).toEqual(record(2, 7, 9));
  await append(removedRecord(2, 2), numberRecord('maid:c', 3));
  await eventually(async () => expect(replica.identities.resolve(['maid:c'])).toEqual([entry(3)]));
  expect(replica.memberships.get(2)).toBeUndefined();
  await eventually(async () =>
    expect(replica.status()).toMatchObject({
      lagRecords: 0,
      reseeds: 0,
      entries: { identities: 2, memberships: 1 },
    }),
  );
});

test('an opt-out is not undone by what arrives late', async () => {
  const replica = await open();
  await filled(
    numberRecord('maid:a', 1),
    personRecord('maid:a', entry(1, 5, true), 9),
    numberRecord('maid:a', 1),
    personRecord('maid:a', entry(1, 1, false), 8),
    membershipsRecord(record(5), 9),
    membershipsRecord(record(5, 1), 8),
  );
  await ready(replica);
  expect(replica.identities.resolve(['maid:a'])).toEqual([entry(1, 5, true)]);
  expect(replica.memberships.get(5)).toEqual(record(5));
  // The next word of the people writer counts.
  await append(personRecord('maid:a', entry(1, 1, false), 10));
  await eventually(async () => expect(replica.identities.resolve(['maid:a'])).toEqual([entry(1)]));
});

test('while the lookups are filled anew it goes on, and then has nothing of before', async () => {
  const replica = await open();
  await filled(
    numberRecord('maid:a', 1),
    personRecord('maid:a', entry(1, 1, true), 4),
    numberRecord('maid:gone', 2),
  );
  await ready(replica);
  epoch = 'rebuild';
  await append(epochRecord('begin', 'cut off'), numberRecord('maid:half', 8));
  await append(
    epochRecord('begin', 'published:next'),
    numberRecord('maid:a', 1),
    numberRecord('maid:new', 3),
  );
  await eventually(async () => expect(replica.identities.resolve(['maid:new'])).toEqual([entry(3)]));
  expect(replica.missing()).toEqual([]);
  expect(replica.identities.resolve(['maid:a', 'maid:gone'])).toEqual([entry(1, 1, true), entry(2)]);
  await append(epochRecord('end', 'published:next'));
  epoch = 'published:next';
  await eventually(
    async () =>
    expect(replica.identities.resolve(['maid:a', 'maid:gone', 'maid:half', 'maid:new'])).toEqual([
      entry(1), undefined, undefined, entry(3),
    ]), // prettier-ignore
  );
  expect(replica.missing()).toEqual([]);
});

test.each([
  ['the log is away', () => (logIsAway = true), 'no brokers'],
  ['the lookups are lost', () => (epoch = undefined), 'the lookups are not filled'],
  ['the lookups were filled without the topic', () => (epoch = 'other'), 'muster rebuild'],
])('past its bound it answers nothing: %s', async (_, happens, why) => {
  const replica = await open();
  await filled(numberRecord('maid:a', 1));
  await ready(replica);
  happens();
  await sleep(1_200);
  expect(replica.missing()).toEqual([]);
  aheadMs = MAX_LAG_MS + 1_000;
  await eventually(async () =>
    expect(replica.missing()[0]).toMatch(/^lookups replica: .*(behind|not filled)/),
  );
  await eventually(async () => expect(replica.missing()[0]).toContain(why));
  expect(() => replica.identities.resolve(['maid:a'])).toThrow(/behind|not filled/);
  expect(() => replica.memberships.get(1)).toThrow(/behind|not filled/);
  expect(replica.status().lagSeconds).toBeGreaterThan(20);
  logIsAway = false;
  epoch = EPOCH;
  await ready(replica);
  expect(replica.identities.resolve(['maid:a'])).toEqual([entry(1)]);
});

test('a clock that is set back hides no lag', async () => {
  const replica = await open();
  await filled(numberRecord('maid:a', 1));
  await ready(replica);
  logIsAway = true;
  await sleep(300);
  aheadMs = -10 * MAX_LAG_MS;
  expect(replica.missing()).not.toEqual([]);
  expect(() => replica.identities.resolve(['maid:a'])).toThrow('behind');
  logIsAway = false;
  await ready(replica);
});

test('a record that nobody knows stops it, and is named', async () => {
  const replica = await open();
  await filled(numberRecord('maid:a', 1));
  await ready(replica);
  await append(
    { key: 'x:1', value: Buffer.from([1, 0, 0, 0, 0, 0, 0]) },
    personRecord('maid:a', entry(1, 1, true), 5),
  );
  aheadMs = MAX_LAG_MS + 1_000;
  await eventually(async () =>
    expect(replica.missing()[0]).toContain('offset 3 of topic lookups has an unknown key'),
  );
});

test('a topic that begins anew is followed from its beginning', async () => {
  const replica = await open();
  await filled(numberRecord('maid:a', 1), numberRecord('maid:b', 2));
  await ready(replica);
  await log.close();
  log = await openFileLog({ dir: join(dir, 'log-2'), topics: loadTopics() });
  epoch = 'published:second';
  await append(epochRecord('begin', epoch), numberRecord('maid:b', 2));
  await eventually(async () => expect(replica.missing()[0]).toContain('not filled yet'));
  await append(epochRecord('end', epoch));
  await ready(replica);
  expect(replica.identities.resolve(['maid:a', 'maid:b'])).toEqual([undefined, entry(2)]);
  expect(replica.status().reseeds).toBe(1);
});

test('of several processes one follows, all read, and another follows when it is gone', async () => {
  const [first, second] = [await open(), await open()];
  await filled(numberRecord('maid:a', 1));
  await Promise.all([ready(first), ready(second)]);
  expect([first, second].map((replica) => replica.status().lagRecords)).toEqual([0, undefined]);
  expect(second.identities.resolve(['maid:a'])).toEqual([entry(1)]);
  await first.close();
  opened = [second];
  await append(numberRecord('maid:b', 2));
  await eventually(async () => expect(second.identities.resolve(['maid:b'])).toEqual([entry(2)]));
  expect(second.status().lagRecords).toBe(0);
});

test('after kill -9 at any moment it goes on from where it was and misses nothing', async () => {
  const positions: number[] = [];
  const start = async (): Promise<ChildProcess> => {
    const child = fork(join(__dirname, 'testing', 'replica-child.ts'), [dir], {
      execArgv: ['--require', HOOK],
    });
    child.on('message', ({ position }: { position?: number }) => {
      if (position !== undefined) positions.push(position);
    });
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([status]) => {
        throw new Error(`the process ended with status ${status}`);
      }),
    ]);
    return child;
  };
  let version = 0;
  let isWriting = true;
  const write = async (): Promise<void> => {
    await filled(...Array.from({ length: 50 }, (_, i) => numberRecord(`maid:${i}`, i + 1)));
    while (isWriting) {
      version++;
      const changes = Array.from({ length: 20 }, (_, i) => {
        const n = (version * 7 + i) % 50;
        return [
          personRecord(`maid:${n}`, entry(n + 1, ((n + version) % 50) + 1, version % 3 === 0), version),
          n % 4 === 0 ? removedRecord(n + 1, version) : membershipsRecord(record(n + 1, version), version),
        ];
      });
      await append(...changes.flat());
    }
  };
  const writing = write();
  try {
    for (let kills = 0; kills < 6; kills++) {
      const child = await start();
      await sleep(50 + Math.random() * 400);
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
  } finally {
    isWriting = false;
    await writing;
  }
  const endedAt = Date.now();
  const replica = await open();
  await ready(replica);
  // Ready is who is within the bound: wait for what was written last.
  while (replica.status().lagSeconds * 1_000 >= Date.now() - endedAt) await sleep(20);
  const oracle = await openReplicaStore({ dir: join(dir, 'oracle') });
  const all = (await log.read('lookups', 0, 0, Infinity, 1e7)).map(decodeFeedRecord);
  await oracle.apply(all, all.length, 1);
  const identities = Array.from({ length: 50 }, (_, n) => `maid:${n}`);
  expect(replica.identities.resolve(identities)).toEqual(oracle.resolve(identities));
  for (let uid = 1; uid <= 50; uid++) expect(replica.memberships.get(uid)).toEqual(oracle.memberships(uid));
  await oracle.close();
  expect(replica.status().reseeds).toBe(0);
  // Each went on from where the one before had been killed.
  expect(positions).toEqual([...positions].sort((a, b) => a - b));
  expect(positions.at(-1)).toBeGreaterThan(0);
}, 120_000);
