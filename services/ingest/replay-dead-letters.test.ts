import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeadLetterReason } from '../shared/domain/reasons';
import type { Topic } from '../shared/domain/records';
import { openFileLog } from '../shared/stores/log/files/open-file-log';
import { RECORD_BYTES_MAX, type Log } from '../shared/stores/log/log';
import { loadTopics } from '../shared/stores/log/topics';
import { openLmdbLookups } from '../shared/stores/lookups/lmdb/open-lmdb-lookups';
import type { Lookups } from '../shared/stores/lookups/lookups';
import { deadLetter } from '../shared/stores/log/dead-letters';
import { replayDeadLetters, type ReplayOptions, type ReplayReport } from './replay-dead-letters';

const NOW = 1_700_000_000_000;

let dir: string;
let log: Log;
let lookups: Lookups;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-replay-'));
  log = await openFileLog({ dir: join(dir, 'log'), topics: loadTopics() });
  lookups = await openLmdbLookups({ dir: join(dir, 'lookups') });
});

afterEach(async () => {
  await log.close();
  await lookups.close();
  await rm(dir, { recursive: true, force: true });
});

/** As ingest does: the record lies in its topic, and its letter among the dead. */
async function bury(topic: Topic, value: Buffer, reason: DeadLetterReason, at = NOW): Promise<void> {
  await log.append(topic, [{ key: 'cookie:abc', value }]);
  const placed = await contents(topic);
  const found = placed.findLast((entry) => entry.value.equals(value));
  if (!found) throw new Error('the record is not there');
  await log.append('dead-letters', [
    deadLetter(topic, found.partition, { entry: found, reason, detail: 'a test' }, at),
  ]);
}

async function contents(topic: Topic) {
  const positions = await log.positions('judge', [topic]);
  const entries = await Promise.all(
    positions.map(async ({ partition, end }) => {
      const read = await log.read(topic, partition, 0, end, end);
      return read.map((entry) => ({ ...entry, partition }));
    }),
  );
  return entries.flat();
}

function replay(options: Partial<ReplayOptions> = {}): Promise<ReplayReport> {
  return replayDeadLetters({ log, claims: lookups.claims, now: () => NOW + 1_000, ...options });
}

const texts = async (topic: Topic) => (await contents(topic)).map(({ value }) => value.toString()).sort();

test('a record goes back to where it came from, under its key, once', async () => {
  await bury('traits', Buffer.from('{"a":1}'), 'unknown_type');
  expect(await replay()).toEqual({ seen: 1, matched: { unknown_type: 1 }, replayed: 1, before: 0, lost: 0 });
  expect(await texts('traits')).toEqual(['{"a":1}', '{"a":1}']);
  expect((await contents('traits')).map(({ key }) => key)).toEqual(['cookie:abc', 'cookie:abc']);
  expect(await replay()).toMatchObject({ seen: 1, replayed: 0, before: 1 });
  expect(await replay({ again: true })).toMatchObject({ replayed: 1 });
  expect(await contents('traits')).toHaveLength(3);
});

test('reason, source and time choose', async () => {
  await bury('events', Buffer.from('one'), 'invalid_json', NOW);
  await bury('events', Buffer.from('two'), 'unknown_type', NOW + 10);
  await bury('syncs', Buffer.from('three'), 'unknown_type', NOW + 20);
  const dryRun = true;
  expect((await replay({ dryRun })).matched).toEqual({ invalid_json: 1, unknown_type: 2 });
  expect((await replay({ dryRun, reason: 'invalid_json' })).matched).toEqual({ invalid_json: 1 });
  expect((await replay({ dryRun, source: 'syncs' })).matched).toEqual({ unknown_type: 1 });
  expect((await replay({ dryRun, since: NOW + 10, until: NOW + 20 })).matched).toEqual({ unknown_type: 1 });
  expect(await texts('events')).toEqual(['one', 'two']);
  await replay({ source: 'syncs' });
  expect(await texts('syncs')).toEqual(['three', 'three']);
  expect(await texts('events')).toEqual(['one', 'two']);
});

test('bytes that are no text come back as they were', async () => {
  const bytes = Buffer.from([0xff, 0x00, 0x80]);
  await bury('events', bytes, 'invalid_utf8');
  await replay();
  expect((await contents('events')).map(({ value }) => value)).toEqual([bytes, bytes]);
});

test('of a record too large for its letter the log has the whole', async () => {
  const large = Buffer.alloc(RECORD_BYTES_MAX - 100, '"');
  await bury('events', large, 'invalid_json');
  expect(await replay()).toMatchObject({ replayed: 1, lost: 0 });
  expect((await contents('events')).map(({ value }) => value.equals(large))).toEqual([true, true]);
});

test('more than a page', async () => {
  const letters = Array.from({ length: 2_500 }, (_, i) =>
    deadLetter(
      'syncs',
      0,
      { entry: { offset: i, key: `k${i}`, value: Buffer.from(`${i}`) }, reason: 'unknown_type', detail: '' },
      NOW,
    ),
  );
  await log.append('dead-letters', letters);
  const progress: number[] = [];
  const report = await replay({ onProgress: ({ replayed }) => progress.push(replayed) });
  expect(report).toMatchObject({ seen: 2_500, replayed: 2_500 });
  expect(progress).toEqual([1_000, 2_000, 2_500]);
  expect(new Set(await texts('syncs')).size).toBe(2_500);
});
