import type { LogBatch, LogEntry } from '../shared/stores/log/log';
import { nextRange } from './plan';

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

async function next(handed: LogBatch, last?: ReturnType<typeof plan>) {
  const { range, to } = await nextRange(handed, last, log);
  if (range === undefined) return { to };
  expect(range.to).toBe(to);
  expect(range.entries.map(({ offset }) => offset)).toEqual(
    entries(range.from, range.to).map(({ offset }) => offset),
  );
  return { from: range.from, to, replay: range.replayOf !== undefined };
}

describe('a planned range is done again exactly as planned', () => {
  it('without a plan, or behind the last one, the batch is new', async () => {
    expect(await next(batch(10, 20))).toEqual({ from: 10, to: 20, replay: false });
    expect(await next(batch(10, 20), plan(0, 10))).toEqual({ from: 10, to: 20, replay: false });
  });

  it('the plan comes first and alone: the rest must not be planned before it is committed', async () => {
    expect(await next(batch(10, 20), plan(10, 15))).toEqual({ from: 10, to: 15, replay: true });
    expect(await next(batch(10, 20), plan(10, 20))).toEqual({ from: 10, to: 20, replay: true });
  });

  it('a plan that is longer than the batch is read to its end', async () => {
    expect(await next(batch(10, 20), plan(10, 35))).toEqual({ from: 10, to: 35, replay: true });
  });

  it('what a plan that is done goes beyond is not done again', async () => {
    expect(await next(batch(20, 30), plan(10, 25))).toEqual({ to: 25 });
    expect(await next(batch(20, 30), plan(10, 35))).toEqual({ to: 30 });
  });

  it('a plan ahead of the batch says nothing of it: the group was set back', async () => {
    expect(await next(batch(10, 20), plan(15, 18))).toEqual({ from: 10, to: 20, replay: false });
  });
});
