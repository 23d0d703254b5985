import type { LogBatch, LogEntry } from '../shared/stores/log/log';
import { rangesOf } from './plan';

const entry = (offset: number): LogEntry => ({ offset, key: 'k', value: Buffer.from(String(offset)) });
const entries = (from: number, to: number): LogEntry[] =>
  Array.from({ length: to - from }, (_, i) => entry(from + i));
const batch = (from: number, to: number): LogBatch => ({
  topic: 'events',
  partition: 1,
  from,
  to,
  entries: entries(from, to),
});
const plan = (from: number, to: number) => ({
  topic: 'events' as const,
  partition: 1,
  from,
  to,
  optedOut: [from],
});
const log = {
  read: (_topic: string, _partition: number, from: number, to: number) => Promise.resolve(entries(from, to)),
};

async function cut(handed: LogBatch, last?: ReturnType<typeof plan>) {
  const ranges = await rangesOf(handed, last, log);
  for (const range of ranges)
    expect(range.entries.map(({ offset }) => offset)).toEqual(
      entries(range.from, range.to).map(({ offset }) => offset),
    );
  return ranges.map(({ from, to, replayOf }) => [from, to, replayOf !== undefined]);
}

describe('a batch is cut so that a planned range is done again exactly as planned', () => {
  it('without a plan, or behind the last one, it is new', async () => {
    expect(await cut(batch(10, 20))).toEqual([[10, 20, false]]);
    expect(await cut(batch(10, 20), plan(0, 10))).toEqual([[10, 20, false]]);
  });

  it('the plan comes first, the rest is new', async () => {
    expect(await cut(batch(10, 20), plan(10, 15))).toEqual([
      [10, 15, true],
      [15, 20, false],
    ]);
    expect(await cut(batch(10, 20), plan(10, 20))).toEqual([[10, 20, true]]);
  });

  it('a plan that is longer than the batch is read to its end', async () => {
    expect(await cut(batch(10, 20), plan(10, 35))).toEqual([[10, 35, true]]);
  });

  it('what a plan that is done goes beyond is not done again', async () => {
    expect(await cut(batch(20, 30), plan(10, 25))).toEqual([[25, 30, false]]);
    expect(await cut(batch(20, 30), plan(10, 35))).toEqual([]);
  });

  it('a plan ahead of the batch says nothing of it: the group was set back', async () => {
    expect(await cut(batch(10, 20), plan(15, 18))).toEqual([[10, 20, false]]);
  });
});
