import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeRecords, encodeChunk, encodeRecords, encodeSeal } from './chunk';
import { Segment, headPath } from './segment';
import { HEAD_BYTES } from './segment-head';

let dir: string;
let path: string;
let opened: Segment[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'muster-segment-'));
  path = join(dir, 'segment.log');
  Segment.create(path);
});

afterEach(async () => {
  await Promise.all(opened.map((segment) => segment.close()));
  opened = [];
  await rm(dir, { recursive: true, force: true });
});

function open(): Segment {
  const segment = new Segment(100, path);
  opened.push(segment);
  return segment;
}

function chunk(...texts: string[]): Buffer {
  const part = encodeRecords(texts.map((text) => ({ key: 'k', value: Buffer.from(text) })));
  return encodeChunk([part], { segmentBytes: part.bytes.length, appendedAt: 7, segmentFirstAt: 5 });
}

/** Texts from `offset` on. */
function contents(segment: Segment, offset = 100): string[] {
  const texts: string[] = [];
  for (let found = segment.chunkAt(offset); found; found = segment.chunkAt(offset)) {
    const entries = decodeRecords(found.bytes, found.firstOffset);
    texts.push(...entries.map((entry) => entry.value.toString()));
    offset += entries.length;
  }
  return texts;
}

test('of two writers at one offset one is told false, and both see what is stored', async () => {
  const [one, two] = [open(), open()];
  expect(await Promise.all([one.put(100, chunk('a', 'b')), two.put(100, chunk('c'))])).toEqual([true, false]);
  expect(two.tail()).toMatchObject({ next: 102, sealed: false, appendedAt: 7, segmentFirstAt: 5 });
  expect(contents(two)).toEqual(['a', 'b']);
  expect(two.chunkWith(101)?.firstOffset).toBe(100);
  expect(two.chunkAt(101)).toBeUndefined();
  expect(two.chunkWith(102)).toBeUndefined();
  expect(two.chunkWith(99)).toBeUndefined();
});

test('a seal is found as often as it is looked for', async () => {
  const segment = open();
  await segment.put(100, chunk('x'.repeat(2_000_000)));
  await segment.put(101, encodeSeal({ segmentBytes: 1, appendedAt: 7, segmentFirstAt: 5 }));
  for (const reader of [segment, open()]) {
    reader.chunkAt(100);
    for (let again = 0; again < 3; again++) expect(reader.chunkAt(101)?.firstOffset).toBe(101);
    expect(reader.tail()).toMatchObject({ next: 101, sealed: true });
  }
  expect(await segment.put(101, chunk('late'))).toBe(false);
});

test('creating a segment that is there changes nothing', async () => {
  await open().put(100, chunk('a'));
  Segment.create(path);
  expect(contents(open())).toEqual(['a']);
});

test('what a writer left half-written is cut off, and its offset given to the next', async () => {
  const writer = open();
  await writer.put(100, chunk('a'));
  const torn = chunk('lost').subarray(0, -1);
  appendFileSync(path, torn);
  expect(contents(open())).toEqual(['a']);
  expect(await writer.put(101, chunk('b'))).toBe(true);
  expect(contents(open())).toEqual(['a', 'b']);
});

test('a whole chunk whose writer died before it moved the end on is kept', async () => {
  const writer = open();
  await writer.put(100, chunk('a'));
  appendFileSync(path, chunk('b', 'c'));
  const reader = open();
  expect(contents(reader)).toEqual(['a']);
  await reader.mend();
  expect(contents(reader)).toEqual(['a', 'b', 'c']);
  // The offset is taken, so a writer that did not know is told to look again.
  expect(await writer.put(101, chunk('d'))).toBe(false);
  expect(await writer.put(103, chunk('d'))).toBe(true);
});

test.each([
  ['old', (before: Buffer) => before],
  ['torn', () => Buffer.alloc(HEAD_BYTES, 1)],
  ['gone', () => Buffer.alloc(0)],
])('after a power cut the chunks are found although the head is %s', async (_, head) => {
  const writer = open();
  await writer.put(100, chunk('a'));
  const before = readFileSync(headPath(path));
  await writer.put(101, chunk('b'));
  await writer.put(102, chunk('c'));
  const after = readFileSync(headPath(path));
  writeFileSync(headPath(path), head(before));
  const reopened = open();
  await reopened.mend();
  expect(contents(reopened)).toEqual(['a', 'b', 'c']);
  expect(readFileSync(headPath(path))).toEqual(after);
});

test('bytes that changed on disk are an error that names the place, not records', async () => {
  const segment = open();
  await segment.put(100, chunk('a'));
  await segment.put(101, chunk('b'));
  const bytes = readFileSync(path);
  bytes[bytes.length - 1] = 0;
  writeFileSync(path, bytes);
  const damaged = open();
  expect(damaged.chunkAt(100)).toBeDefined();
  expect(() => damaged.chunkAt(101)).toThrow(/segment\.log is damaged at byte \d+, offset 101/);
});

test('a file that lost its end is an error, not a place to go on', async () => {
  const segment = open();
  await segment.put(100, chunk('a'));
  truncateSync(path, statSync(path).size - 1);
  await expect(segment.put(101, chunk('b'))).rejects.toThrow(/damaged/);
});

test('many chunks are found at any offset, from a cold start too', async () => {
  const writer = open();
  const text = (i: number) => `${i} ${'.'.repeat(20_000)}`;
  for (let i = 0; i < 150; i++) await writer.put(100 + i, chunk(text(i)));
  for (const segment of [writer, open()]) {
    for (const i of [149, 0, 75, 3, 148]) {
      const found = segment.chunkWith(100 + i);
      expect(found && decodeRecords(found.bytes, found.firstOffset)[0]?.value.toString()).toBe(text(i));
    }
  }
});
