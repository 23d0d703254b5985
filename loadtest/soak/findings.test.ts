import type { OpenLoopResult } from '../load/open-loop';
import { Latency } from '../load/latency';
import { findings, type SoakSeen } from './findings';
import { growth } from './growth';
import { parseMetrics, sumBy, total } from './metrics-text';
import type { SoakSample } from './sample';

const MIB = 1024 * 1024;

function sampleAt(n: number, changes: Partial<SoakSample> = {}): SoakSample {
  return {
    atSeconds: n,
    residentBytes: { platform: 500 * MIB },
    heapBytes: { platform: 100 * MIB },
    lagRecords: { ingest: 10, people: 0, builder: 5 },
    eventLoopLagP99Seconds: {},
    restarts: 0,
    dropped: 0,
    answered: 100,
    failed: 0,
    latency: new Latency().summary(),
    generatorBytes: 100 * MIB,
    ...changes,
  };
}

function seen(changes: Partial<SoakSeen> = {}): SoakSeen {
  const traffic: OpenLoopResult = {
    offeredPerSecond: 100,
    answeredPerSecond: 100,
    sent: 3_000,
    answered: 3_000,
    turnedAway: 0,
    outcomes: { 200: 3_000 },
    latency: new Latency().summary(),
    late: new Latency().summary(),
    histogram: '',
  };
  return {
    samples: Array.from({ length: 30 }, (_, n) => sampleAt(n)),
    traffic,
    acknowledged: { events: 900, bids: 200, notices: 10, noticesFailed: 0 },
    found: { events: 900, distinctEvents: 900, bids: 200, waiting: 0 },
    ...changes,
  };
}

const bad = (of: SoakSeen): string[] =>
  findings(of)
    .filter(({ isGood }) => !isGood)
    .map(({ what }) => what);

test('a quiet soak has nothing bad', () => {
  expect(bad(seen())).toEqual([]);
  expect(findings(seen()).length).toBeGreaterThan(10);
});

test.each<[string, Partial<SoakSeen>]>([
  [
    'every acknowledged event is in the lake, once',
    { found: { events: 899, distinctEvents: 899, bids: 200, waiting: 0 } },
  ],
  [
    'every acknowledged event is in the lake, once',
    { found: { events: 900, distinctEvents: 899, bids: 200, waiting: 0 } },
  ],
  ['every bid is in the lake', { found: { events: 900, distinctEvents: 900, bids: 199, waiting: 0 } }],
  ['what waited was worked off', { found: { events: 900, distinctEvents: 900, bids: 200, waiting: 3 } }],
  ['every request was sent', { traffic: { ...seen().traffic, turnedAway: 1 } }],
  [
    'every request was answered as it should be',
    { traffic: { ...seen().traffic, outcomes: { 200: 2_999, 'pixel 500': 1 } } },
  ],
  [
    'every request was answered as it should be',
    { acknowledged: { ...seen().acknowledged, noticesFailed: 1 } },
  ],
  ['there was something to lose', { acknowledged: { ...seen().acknowledged, notices: 0 } }],
  ['no process was started again', { samples: [...seen().samples, sampleAt(30, { restarts: 1 })] }],
  ['nothing was dropped', { samples: [...seen().samples, sampleAt(30, { dropped: 1 })] }],
  [
    'heap of platform does not grow without bound',
    { samples: seen().samples.map((_, n) => sampleAt(n, { heapBytes: { platform: (100 + 20 * n) * MIB } })) },
  ],
  [
    'what waits for ingest does not grow without bound',
    {
      samples: seen().samples.map((_, n) =>
        sampleAt(n, { lagRecords: { ingest: 100 * n, people: 0, builder: 0 } }),
      ),
    },
  ],
])('it is found when not true that %s', (what, changes) => {
  expect(bad(seen(changes))).toEqual([what]);
});

test('growth while warming up, a spike, and what settles are not growth without bound', () => {
  const bounds = { factorMax: 1.25, slack: 10 };
  const settling = Array.from({ length: 60 }, (_, n) => 100 * (1 - Math.exp(-n / 8)));
  expect(growth(settling, bounds)?.isUnbounded).toBe(false);
  const spiked = Array.from({ length: 60 }, (_, n) => (n === 55 ? 10_000 : 100));
  expect(growth(spiked, bounds)?.isUnbounded).toBe(false);
  const leaking = Array.from({ length: 60 }, (_, n) => 100 + 5 * n);
  expect(growth(leaking, bounds)?.isUnbounded).toBe(true);
  expect(growth([1, 2, 3, 4, 5, 6, 7, 8], bounds)).toBeUndefined();
});

test('metrics are read by name and label', () => {
  const lines = parseMetrics(`# HELP a_total Something.
# TYPE a_total counter
a_total{process="bidder",why="a \\"quoted\\" one"} 3
a_total{process="platform",why="other"} 4
a_total{process="bidder",why="other"} 5e2
plain 1.5
odd NaN
`);
  expect(sumBy(lines, 'a_total', 'process')).toEqual({ bidder: 503, platform: 4 });
  expect(total(lines, 'a_total', { process: 'bidder' })).toBe(503);
  expect(total(lines, 'plain')).toBe(1.5);
  expect(total(lines, 'missing')).toBe(0);
});
