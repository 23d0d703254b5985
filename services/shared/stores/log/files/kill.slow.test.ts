import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log, LogEntry } from '../log';
import { eventually, testTopics } from '../testing/log-harness';
import { openFileLog } from './open-file-log';
import type { Child } from './testing/child';
import { startChild } from './testing/child';

const SEGMENT_RECORDS = 150;
const KILLS = 12;

let dir: string;
let log: Log;
let children: Child[] = [];
let complaints: string[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-kill-'));
  complaints = [];
  log = await openFileLog({ dir: join(dir, 'log'), topics: testTopics, segmentMaxRecords: SEGMENT_RECORDS });
});

afterEach(async () => {
  await Promise.all(children.map((child) => child.kill()));
  children = [];
  await log.close();
  await rm(dir, { recursive: true, force: true });
});

async function start(program: string, ...args: string[]): Promise<Child> {
  const child = await startChild(program, [join(dir, 'log'), ...args], complaints);
  children.push(child);
  return child;
}

async function lines(file: string): Promise<string[]> {
  return (await readFile(join(dir, file), 'utf8')).split('\n').filter((line) => line !== '');
}

async function partitionsOf(topic: 'events'): Promise<LogEntry[][]> {
  const positions = await log.positions('judge', [topic]);
  return Promise.all(positions.map(({ partition, end }) => log.read(topic, partition, 0, end, end)));
}

test('what was acknowledged survives kill -9, with dense offsets given once', async () => {
  let writers = await Promise.all(
    ['a', 'b'].map((name) => start('append-child.ts', join(dir, 'ledger'), name, `${SEGMENT_RECORDS}`)),
  );
  for (let kills = 0; kills < KILLS; kills++) {
    await sleep(50 + Math.random() * 300);
    // Every third time both at once: then nobody is left to carry on what was under way.
    const victims = kills % 3 === 2 ? writers : writers.slice(0, 1);
    await Promise.all(victims.map((writer) => writer.kill()));
    const fresh = await Promise.all(
      victims.map((_, i) =>
        start('append-child.ts', join(dir, 'ledger'), `w${kills}.${i}`, `${SEGMENT_RECORDS}`),
      ),
    );
    writers = [...writers.filter((writer) => !victims.includes(writer)), ...fresh];
  }
  await Promise.all(writers.map((writer) => writer.kill()));

  const partitions = await partitionsOf('events');
  const stored = new Map<string, number>();
  for (const entries of partitions) {
    expect(entries.length).toBeGreaterThan(0);
    entries.forEach((entry, i) => expect(entry.offset).toBe(i));
    const lastOfKey = new Map<string, number>();
    for (const entry of entries) {
      const id = entry.value.toString().split(' ')[0] ?? '';
      stored.set(id, (stored.get(id) ?? 0) + 1);
      const n = Number(id.split(':')[1]);
      expect(n).toBe((lastOfKey.get(entry.key) ?? -1) + 1);
      lastOfKey.set(entry.key, n);
    }
  }
  const acknowledged = await lines('ledger');
  expect(acknowledged.length).toBeGreaterThan(KILLS * 3);
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  expect([...stored].filter(([, times]) => times !== 1)).toEqual([]);
  expect(complaints).toEqual([]);
}, 120_000);

interface Note {
  what: string;
  pid: number;
  partition: number;
  from: number;
  to: number;
  at: bigint;
}

async function notes(): Promise<Note[]> {
  return (await lines('notes')).map((line) => {
    const [what = '', pid, partition, from, to, at = '0'] = line.split(' ');
    return {
      what,
      pid: Number(pid),
      partition: Number(partition),
      from: Number(from),
      to: Number(to),
      at: BigInt(at),
    };
  });
}

/** Offset up to which everything was handled, for each partition. */
async function handled(): Promise<number[]> {
  const ends = [0, 0];
  const done = (await notes()).filter((note) => note.what === 'done').sort((a, b) => a.from - b.from);
  for (const { partition, from, to } of done) {
    const end = ends[partition] ?? 0;
    if (from <= end && to > end) ends[partition] = to;
  }
  return ends;
}

test('consumers killed at any time lose nothing and commit nothing that was not handled', async () => {
  const send = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await log.append(
        'events',
        [0, 1, 2, 3].map((key) => ({ key: `key-${key}`, value: Buffer.from(`${i}`) })),
      );
    }
  };
  const startConsumer = () => start('consume-child.ts', join(dir, 'notes'), `${SEGMENT_RECORDS}`);
  let consumers: Child[] = await Promise.all([startConsumer(), startConsumer()]);
  for (let kills = 0; kills < KILLS; kills++) {
    await send(40);
    await sleep(Math.random() * 600);
    const victims = kills % 3 === 2 ? consumers : consumers.slice(0, 1);
    await Promise.all(victims.map((consumer) => consumer.kill()));
    const positions = await log.positions('readers', ['events']);
    const ends = await handled();
    for (const { partition, committed } of positions)
      expect(committed).toBeLessThanOrEqual(ends[partition] ?? 0);
    const fresh = await Promise.all(victims.map(() => startConsumer()));
    consumers = [...consumers.filter((consumer) => !victims.includes(consumer)), ...fresh];
  }
  await eventually(async () => {
    const positions = await log.positions('readers', ['events']);
    return positions.every((position) => position.committed === position.end && position.end > 0);
  }, 'the group to reach the end');
  const positions = await log.positions('readers', ['events']);
  expect(await handled()).toEqual(positions.map((position) => position.end));
  expectNoOverlap(await notes());
  expect(complaints).toEqual([]);
}, 120_000);

/** No two consumers had the same partition in hand at once. */
function expectNoOverlap(all: Note[]): void {
  const spans: { partition: number; pid: number; begin: bigint; end: bigint }[] = [];
  const open = new Map<string, Note>();
  for (const note of all) {
    const hand = `${note.pid}/${note.partition}`;
    const begin = open.get(hand);
    if (note.what === 'begin') open.set(hand, note);
    else if (begin) spans.push({ partition: note.partition, pid: note.pid, begin: begin.at, end: note.at });
  }
  spans.sort((a, b) => (a.begin < b.begin ? -1 : 1));
  for (const partition of [0, 1]) {
    const own = spans.filter((span) => span.partition === partition);
    expect(own.length).toBeGreaterThan(0);
    own.forEach((span, i) => {
      const next = own[i + 1];
      if (next && next.begin < span.end) throw new Error(`partition ${partition} in two hands`);
    });
  }
}
