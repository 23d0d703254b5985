import type { LogBatch } from './log';
import { readablePart } from './readable-part';

const batch = (...versions: (number | string)[]): LogBatch => ({
  topic: 'privacy',
  partition: 0,
  from: 100,
  to: 100 + 2 * versions.length,
  // Offsets of a topic may have gaps.
  entries: versions.map((v, i) => ({
    offset: 100 + 2 * i,
    key: 'k',
    value: Buffer.from(typeof v === 'string' ? v : JSON.stringify({ v, type: 'optout' })),
  })),
});

it('is the whole batch as long as every record can be read, or is none', () => {
  expect(readablePart(batch(1, 1, '{', '[]'))).toEqual(batch(1, 1, '{', '[]'));
});

it('ends before the first record of a newer release, which is then not committed', () => {
  const { entries, from, to } = readablePart(batch(1, 1, 2, 1));
  expect(entries.map(({ offset }) => offset)).toEqual([100, 102]);
  expect([from, to]).toEqual([100, 104]);
});

it('is nothing when the first is of a newer release, and that is said with its place', () => {
  expect(() => readablePart(batch(2, 1))).toThrow(
    'privacy/0/100 waits here: v: a record of type optout is of version 2, this release reads up to 1',
  );
});
