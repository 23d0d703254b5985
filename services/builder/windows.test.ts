import type { RuleSet } from './rule-set';
import { Windows } from './windows';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 1);

let now: number;
let stored: Map<string, string>;
/** Spans that were asked for, in hours from NOW. */
let asked: [low: number, high: number][];
/** Of the last of them: whether facts that were not dated ahead count as well. */
let unseen: boolean;

beforeEach(() => {
  now = NOW;
  stored = new Map();
  asked = [];
});

const rules = {
  crossingsSql: (low: number, high: number, all: boolean) => {
    unseen = all;
    asked.push([(low - NOW) / HOUR, (high - NOW) / HOUR]);
    return 'SELECT';
  },
  affectedBy: () => [],
} as unknown as RuleSet;

async function start(): Promise<Windows> {
  const windows = new Windows({
    lake: { query: () => Promise.resolve([]) },
    kv: { get: async (key) => stored.get(key), put: async (key, value) => void stored.set(key, value) },
    now: () => now,
  });
  await windows.load();
  return windows;
}

/** Ticks until there is nothing left to be asked. */
async function tick(windows: Windows): Promise<void> {
  for (let last = -1; last !== asked.length;) {
    last = asked.length;
    await windows.passed((await windows.ranOut(rules)).left);
  }
}

test('each moment is asked about once, a long stop in pieces', async () => {
  const windows = await start();
  now = NOW + 10 * HOUR;
  await tick(windows);
  now = NOW + 11 * HOUR;
  await tick(windows);
  expect(asked).toEqual([
    [0, 6],
    [6, 10],
    [10, 11],
  ]);
});

test('a clock that was set back is asked about backwards, in pieces as well', async () => {
  const windows = await start();
  now = NOW - 8 * HOUR;
  await tick(windows);
  expect(asked).toEqual([
    [-6, 0],
    [-8, -6],
  ]);
});

test('what was evaluated by a clock that was set ahead and back between two looks is asked about', async () => {
  const windows = await start();
  await windows.evaluating(NOW + 2 * HOUR);
  now = NOW + HOUR;
  await tick(windows);
  expect(asked).toEqual([[0, 2]]);
});

test('so it is when the process died in between, far ahead and in pieces', async () => {
  await (await start()).evaluating(NOW + 15 * HOUR);
  now = NOW + HOUR;
  await tick(await start());
  expect(asked).toEqual([
    [9, 15],
    [3, 9],
    [0, 3],
  ]);
});

test('what could not be evaluated is asked about again', async () => {
  const windows = await start();
  await windows.evaluating(NOW - HOUR);
  now = NOW + HOUR;
  await windows.ranOut(rules);
  now = NOW + 2 * HOUR;
  await tick(windows);
  expect(asked).toEqual([
    [-1, 1],
    [-1, 2],
  ]);
});

test('an evaluation meanwhile belongs to the next look', async () => {
  const windows = await start();
  now = NOW + HOUR;
  const { left } = await windows.ranOut(rules);
  await windows.evaluating(NOW + 3 * HOUR);
  await windows.passed(left);
  await tick(windows);
  expect(asked).toEqual([
    [0, 1],
    [1, 3],
  ]);
});

test('facts of a clock that is ahead of ours are looked for once they are due, and no longer', async () => {
  const windows = await start();
  now = NOW + 1;
  await windows.evaluating(now, now);
  await tick(windows);
  expect(unseen).toBe(false);
  await windows.evaluating(now, NOW + HOUR);
  now = NOW + HOUR / 2;
  await tick(windows);
  expect(unseen).toBe(true);
  now = NOW + HOUR;
  await tick(windows);
  expect(unseen).toBe(true);
  now = NOW + 2 * HOUR;
  await tick(windows);
  expect(unseen).toBe(false);
});

test('so are facts that had come before our clock was set back', async () => {
  const windows = await start();
  await windows.evaluating(NOW + HOUR);
  await windows.evaluating(NOW);
  now = NOW + HOUR / 2;
  await tick(windows);
  expect(unseen).toBe(true);
});
