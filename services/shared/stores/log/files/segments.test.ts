import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RangeNotHeldError } from '../errors';
import type { Log } from '../log';
import { committed, contents, eventually, record, records, testTopics, texts } from '../testing/log-harness';
import { errorCode } from './error-code';
import { openFileLog } from './open-file-log';
import { Partition } from './partition';

const DAY_MS = 86_400_000;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

let dir: string;
let opened: Log[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-segments-'));
});

afterEach(async () => {
  await Promise.all(opened.map((log) => log.close()));
  opened = [];
  await rm(dir, { recursive: true, force: true });
});

async function openLog(segmentMaxRecords = 10): Promise<Log> {
  const log = await openFileLog({ dir, topics: testTopics, segmentMaxRecords });
  opened.push(log);
  return log;
}

async function segments(): Promise<number[]> {
  const names = await readdir(join(dir, 'syncs', '0'));
  return names
    .filter((name) => name.endsWith('.log'))
    .map((name) => parseInt(name, 10))
    .sort((a, b) => a - b);
}

async function appendOneByOne(log: Log, from: number, to: number): Promise<void> {
  for (const i of range(from, to)) await log.append('syncs', records('k', [i]));
}

async function consumeUpTo(log: Log, group: string, count: number): Promise<void> {
  const { consumer } = await record(log, { group, topics: ['syncs'], maxRecords: 1 }, ({ from }) => {
    if (from >= count) throw new Error('enough');
  });
  await eventually(async () => (await committed(log, group, 'syncs')) === count, `${group} at ${count}`);
  await consumer.close();
}

test('a segment ends at its record limit and the next is named by its first offset', async () => {
  await appendOneByOne(await openLog(), 0, 35);
  expect(await segments()).toEqual([0, 10, 20, 30]);
});

test('a segment ends at its byte limit', async () => {
  const log = await openFileLog({ dir, topics: testTopics, segmentMaxBytes: 1000 });
  opened.push(log);
  for (let i = 0; i < 6; i++) await log.append('syncs', records('k', ['x'.repeat(600)]));
  expect(await segments()).toEqual([0, 2, 4]);
  expect(await contents(log, 'syncs')).toHaveLength(6);
});

test('a new process goes on where the last one stopped, and after a sealed segment too', async () => {
  const first = await openLog();
  await appendOneByOne(first, 0, 10);
  await first.close();
  const second = await openLog();
  await appendOneByOne(second, 10, 25);
  expect(await contents(second, 'syncs')).toEqual(range(0, 25).map(String));
  expect(await segments()).toEqual([0, 10, 20]);
});

test('old segments go once every group has passed them, and offsets go on', async () => {
  const log = await openLog();
  await appendOneByOne(log, 0, 35);
  await consumeUpTo(log, 'one', 35);
  await consumeUpTo(log, 'two', 25);
  await log.enforceRetention(Date.now() + 2 * DAY_MS);
  expect(await segments()).toEqual([20, 30]);
  await expect(log.read('syncs', 0, 0, 35, 100)).rejects.toThrow(RangeNotHeldError);
  expect((await log.read('syncs', 0, 20, 35, 100)).map((entry) => entry.offset)).toEqual(range(20, 35));
  await log.append('syncs', records('k', ['new']));
  expect(await log.read('syncs', 0, 35, 36, 1)).toMatchObject([{ offset: 35 }]);
});

test('young segments stay although everybody has passed them', async () => {
  const log = await openLog();
  await appendOneByOne(log, 0, 35);
  await consumeUpTo(log, 'one', 35);
  await log.enforceRetention(Date.now() + DAY_MS / 2);
  expect(await segments()).toEqual([0, 10, 20, 30]);
});

test('a quiet topic forgets its last records too', async () => {
  const log = await openLog();
  await appendOneByOne(log, 0, 5);
  await consumeUpTo(log, 'one', 5);
  await log.enforceRetention(Date.now() + 2 * DAY_MS);
  expect(await segments()).toEqual([5]);
  await appendOneByOne(log, 5, 6);
  const { done } = await record(log, { group: 'one', topics: ['syncs'] });
  await eventually(() => texts(done).length === 1, 'the new record');
  expect(done[0]).toMatchObject({ from: 5, to: 6 });
});

test('a topic nobody consumes forgets by age alone, and a new group begins with what is left', async () => {
  const log = await openLog();
  await appendOneByOne(log, 0, 15);
  await log.enforceRetention(Date.now() + 2 * DAY_MS);
  expect(await segments()).toEqual([15]);
  await appendOneByOne(log, 15, 17);
  const { done } = await record(log, { topics: ['syncs'] });
  await eventually(() => texts(done).length === 2, 'the records left');
  expect(done[0]?.from).toBe(15);
});

test('another process with the dropped segments open goes on', async () => {
  const [one, two] = [await openLog(), await openLog()];
  await appendOneByOne(two, 0, 5);
  const { done } = await record(two, { topics: ['syncs'] });
  await eventually(async () => (await committed(two, 'readers', 'syncs')) === 5, 'the first records');
  await one.enforceRetention(Date.now() + 2 * DAY_MS);
  expect(await segments()).toEqual([5]);
  await appendOneByOne(two, 5, 8);
  await appendOneByOne(one, 8, 9);
  await eventually(() => texts(done).length === 9, 'all records');
  expect(done.at(-1)?.to).toBe(9);
});

test('handles of dropped segments are let go of', async () => {
  await appendOneByOne(await openLog(), 0, 25);
  const partition = new Partition(join(dir, 'syncs', '0'));
  expect(partition.chunkWith(3)?.firstOffset).toBe(3);
  expect(partition.end()).toBe(25);
  await Promise.all(opened.map((log) => log.close()));
  opened = [];
  expect(partition.dropBefore(20)).toBe(2);
  if (process.platform === 'linux') expect(openDeletedFiles()).not.toEqual([]);
  await partition.sweep(Date.now());
  if (process.platform === 'linux') expect(openDeletedFiles()).toEqual([]);
  expect(partition.segment(0)).toBeUndefined();
  expect(partition.end()).toBe(25);
  await partition.close();
});

function openDeletedFiles(): string[] {
  const links: string[] = [];
  for (const descriptor of readdirSync('/proc/self/fd')) {
    try {
      links.push(readlinkSync(`/proc/self/fd/${descriptor}`));
    } catch (error) {
      // The descriptor that listed the folder is gone by now.
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
  return links.filter((link) => link.startsWith(dir) && link.endsWith('(deleted)'));
}

test('fewer partitions than lie there are refused', async () => {
  await (await openLog()).append('events', records('k', [1]));
  const topics = { ...testTopics, events: { partitions: 1, retentionDays: 1 } };
  await expect(openFileLog({ dir, topics })).rejects.toThrow(/holds 2 partitions, the topic declares 1/);
});
