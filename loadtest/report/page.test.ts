import { Latency } from '../load/latency';
import { rawOutputSchema, type RawOutput } from '../raw-output';
import { aligned, type Series } from './chart';
import { chartsOf } from './charts';
import { reportPage } from './page';

const latency = new Latency();
for (let ms = 1; ms <= 100; ms++) latency.record(ms);
const step = (perSecond: number, isSaturated = false) => ({
  perSecond,
  answeredPerSecond: perSecond,
  isSaturated,
  latency: latency.summary(),
  late: new Latency().summary(),
  histogram: latency.encoded(),
});
const metric = (value: number) => ({ name: 'capacity', unit: '/s', better: 'more' as const, value });

const base: RawOutput = {
  format: 1,
  scenario: 'bid',
  startedAt: '2026-01-01T00:00:00.000Z',
  machine: { cpu: '<fast>', cores: 2, memoryBytes: 2 ** 33, system: 'linux', loadAverageAtStart: [0.5] },
  versions: { node: '20.0.0' },
  commit: null,
  options: {},
  summary: ['capacity  1 /s </script>'],
};

/** As it comes back from a file: what is no number has become null. */
const read = (output: RawOutput): RawOutput => rawOutputSchema.parse(JSON.parse(JSON.stringify(output)));

const serving = read({
  ...base,
  rounds: [
    { metrics: [metric(1)], detail: { subject: [step(100), step(200, true)], ceiling: [step(100)] } },
    { metrics: [metric(2)], detail: { subject: [step(100)], ceiling: [step(100), step(200)] } },
  ],
});

test('rates are drawn with their percentiles, and only rates that were kept up with have a distribution', () => {
  const charts = chartsOf(serving);
  expect(charts.map(({ title }) => title)).toEqual([
    'Latency by rate',
    'Answered by offered',
    'How late the generator was',
    'Latency by percentile: Muster',
    'Latency by percentile: bare node:http',
  ]);
  const p50 = charts[0]!.series.find(({ label }) => label === 'Muster p50')!;
  expect(p50.points.map(([rate]) => rate)).toEqual([100, 200]);
  expect(p50.points[0]![1]).toBeCloseTo(50, 0);
  const distribution = charts[3]!.series;
  expect(distribution.map(({ label }) => label)).toEqual(['100/s']);
  const median = distribution[0]!.points.find(([x]) => x >= 2)!;
  expect(median[1]).toBeGreaterThanOrEqual(49);
  expect(median[1]).toBeLessThanOrEqual(60);
});

test('where no rate was kept up with, there is no distribution to draw', () => {
  const detail = { subject: [step(100, true)], ceiling: [] };
  const charts = chartsOf(read({ ...base, rounds: [{ metrics: [metric(1)], detail }] }));
  expect(charts.map(({ title }) => title)).not.toContain('Latency by percentile: Muster');
  expect(charts).toHaveLength(3);
});

test('a comparison is drawn as ratios by round, a soak over time', () => {
  const round = (value: number) => ({ metrics: [metric(value)], detail: null });
  const compared = read({
    ...base,
    comparison: {
      reference: { name: 'main', revision: 'abc' },
      rounds: [{ reference: round(100), subject: round(110) }],
    },
  });
  expect(chartsOf(compared)[0]!.series).toEqual([{ label: 'capacity', points: [[1, 1.1]] }]);
  const sample = {
    atSeconds: 5,
    residentBytes: { bidder: 2 ** 20 },
    heapBytes: { bidder: 2 ** 19 },
    lagRecords: { ingest: 3 },
    answered: 10,
    failed: 0,
    latency: latency.summary(),
  };
  const soaked = chartsOf(read({ ...base, scenario: 'soak', result: { samples: [sample] } }));
  expect(soaked[0]!.series).toEqual([
    { label: 'bidder', points: [[5, 1]] },
    { label: 'bidder, heap', points: [[5, 0.5]] },
  ]);
});

test('series of different x share one list of it, with gaps', () => {
  const series: Series[] = [
    { label: 'a', points: [[1, 10], [3, NaN]] },
    { label: 'b', points: [[2, 0], [1, 5]] },
  ]; // prettier-ignore
  expect(aligned({ series, y: { label: '' } })).toEqual([
    [1, 2, 3],
    [10, null, null],
    [5, 0, null],
  ]);
  const onLogarithmic = aligned({ series, y: { label: '', isLogarithmic: true } });
  expect(onLogarithmic[2]).toEqual([5, null, null]);
});

test('the page holds all it needs, and no text of a result is taken for markup', () => {
  const page = reportPage([{ file: 'bid.json', raw: serving }]);
  expect(page).toContain('uPlot');
  expect(page).toContain('&lt;fast&gt;');
  expect(page).toContain('capacity  1 /s &lt;/script&gt;');
  expect(page.match(/<\/script>/g)).toHaveLength(2);
  expect(page).not.toMatch(/(src|href)="http/);
  expect(page.match(/<div id="chart-\d+">/g)).toHaveLength(5);
  expect(page).toContain('an early end');
});
