import { z } from 'zod';
import { Latency } from '../load/latency';
import { median } from '../load/closed-loop';
import type { RawOutput } from '../raw-output';
import type { Chart, Series } from './chart';

const MIB = 1024 * 1024;
/** Up to five nines. */
const PERCENTILES = Array.from({ length: 101 }, (_, n) => 100 * (1 - 10 ** (-n / 20)));

const number = z.number().nullable();
const latency = z.object({ p50Ms: number, p90Ms: number, p99Ms: number, p999Ms: number, maxMs: number });
const step = z.object({
  perSecond: z.number(),
  answeredPerSecond: z.number(),
  isSaturated: z.boolean(),
  latency,
  late: latency,
  histogram: z.string(),
});
const servingDetail = z.object({ subject: z.array(step), ceiling: z.array(step) });
const soakSample = z.object({
  atSeconds: z.number(),
  residentBytes: z.record(z.string(), z.number()),
  heapBytes: z.record(z.string(), z.number()),
  lagRecords: z.record(z.string(), z.number()),
  answered: z.number(),
  failed: z.number(),
  latency,
});
const soakResult = z.object({ samples: z.array(soakSample) });

/** The charts that a file of raw results has the numbers for. */
export function chartsOf(raw: RawOutput): Chart[] {
  const rounds = raw.rounds ?? [];
  const charts: Chart[] = [];
  const serving = rounds.flatMap(({ detail }) => {
    const read = servingDetail.safeParse(detail);
    return read.success ? [read.data] : [];
  });
  if (serving.length > 0) charts.push(...servingCharts(serving));
  else if (rounds.length > 0) charts.push(...roundCharts(rounds));
  if (raw.comparison !== undefined) charts.push(ratioChart(raw.comparison));
  const soak = soakResult.safeParse(raw.result);
  if (soak.success) charts.push(...soakCharts(soak.data.samples));
  return charts.filter(({ series }) => series.some(({ points }) => points.length > 0));
}

type Step = z.infer<typeof step>;

function servingCharts(rounds: readonly z.infer<typeof servingDetail>[]): Chart[] {
  const sides = { subject: 'Muster', ceiling: 'bare node:http' } as const;
  const present = (['subject', 'ceiling'] as const).filter((side) =>
    rounds.some((round) => round[side].length > 0),
  );
  const steps = (side: (typeof present)[number]): Step[] => rounds.flatMap((round) => round[side]);
  const byRate = (side: (typeof present)[number], value: (step: Step) => number | null): [number, number][] =>
    [...grouped(steps(side))].map(([rate, group]) => [rate, median(group.map((one) => value(one) ?? NaN))]);
  const rateAxis = { label: 'requests offered per second', isLogarithmic: true };
  const latencyAxis = { label: 'ms', isLogarithmic: true };
  return [
    {
      title: 'Latency by rate',
      note: 'From when a request was due to the end of its answer; median over the rounds at each rate.',
      x: rateAxis,
      y: latencyAxis,
      series: present.flatMap((side): Series[] => [
        { label: `${sides[side]} p50`, points: byRate(side, (one) => one.latency.p50Ms) },
        { label: `${sides[side]} p99`, points: byRate(side, (one) => one.latency.p99Ms) },
        { label: `${sides[side]} p99.9`, points: byRate(side, (one) => one.latency.p999Ms) },
      ]),
    },
    {
      title: 'Answered by offered',
      note: 'On the diagonal everything offered is answered; where the line leaves it, the server is saturated.',
      x: rateAxis,
      y: { label: 'answers per second', isLogarithmic: true },
      series: present.map((side) => ({
        label: sides[side],
        points: byRate(side, (one) => one.answeredPerSecond),
      })),
    },
    {
      title: 'How late the generator was',
      note: 'From when a request was due to when it was sent: this part of the latency is not the server’s.',
      x: rateAxis,
      y: latencyAxis,
      series: present.map((side) => ({
        label: `${sides[side]}, p99`,
        points: byRate(side, (one) => one.late.p99Ms),
      })),
    },
    ...present.map((side) => ({
      title: `Latency by percentile: ${sides[side]}`,
      note: 'HDR histograms of all rounds together, a line for every rate that was kept up with.',
      x: { label: 'percentile', isLogarithmic: true, isPercentile: true },
      y: latencyAxis,
      series: percentileSeries(steps(side)),
    })),
  ];
}

function percentileSeries(steps: readonly Step[]): Series[] {
  return [...grouped(steps.filter(({ isSaturated }) => !isSaturated))].map(([rate, group]) => {
    const all = new Latency();
    for (const { histogram } of group) all.add(Latency.decode(histogram));
    return {
      label: `${rate}/s`,
      points: PERCENTILES.map((percent) => [1 / (1 - percent / 100), all.percentileMs(percent)]),
    };
  });
}

function grouped(steps: readonly Step[]): Map<number, Step[]> {
  const groups = new Map<number, Step[]>();
  for (const one of steps) groups.set(one.perSecond, [...(groups.get(one.perSecond) ?? []), one]);
  return groups;
}

/** One chart a unit, a line a metric. */
function roundCharts(rounds: NonNullable<RawOutput['rounds']>): Chart[] {
  const metrics = rounds.flatMap(({ metrics }, i) => metrics.map((metric) => ({ ...metric, round: i + 1 })));
  return [...new Set(metrics.map(({ unit }) => unit))].map((unit) => {
    const names = [...new Set(metrics.filter((metric) => metric.unit === unit).map(({ name }) => name))];
    return {
      title: unit === '' ? 'Ratios by round' : `By round, ${unit}`,
      note: 'What differs from round to round is noise, or something that builds up.',
      x: { label: 'round' },
      y: { label: unit },
      series: names.map((label) => ({
        label,
        points: metrics
          .filter(({ name }) => name === label)
          .map(({ round, value }): [number, number] => [round, value ?? NaN]),
      })),
    };
  });
}

function ratioChart({ reference, rounds }: NonNullable<RawOutput['comparison']>): Chart {
  const names = [...new Set(rounds.flatMap(({ subject }) => subject.metrics.map(({ name }) => name)))];
  return {
    title: `Working tree / ${reference.name}, by round`,
    note: 'Both measured one right after the other in each round; 1 is no difference.',
    x: { label: 'round' },
    y: { label: 'ratio', isLogarithmic: true },
    series: names.map((label) => ({
      label,
      points: rounds.map((pair, i): [number, number] => {
        const [before, after] = [pair.reference, pair.subject].map(
          ({ metrics }) => metrics.find(({ name }) => name === label)?.value ?? NaN,
        );
        return [i + 1, after! / before!];
      }),
    })),
  };
}

type SoakSample = z.infer<typeof soakSample>;

function soakCharts(samples: readonly SoakSample[]): Chart[] {
  const x = { label: 'seconds' };
  const over = (label: string, value: (sample: SoakSample) => number | null | undefined): Series => ({
    label,
    points: samples.map((sample) => [sample.atSeconds, value(sample) ?? NaN]),
  });
  const processes = [...new Set(samples.flatMap(({ residentBytes }) => Object.keys(residentBytes)))];
  const stages = [...new Set(samples.flatMap(({ lagRecords }) => Object.keys(lagRecords)))];
  return [
    {
      title: 'Memory',
      note: 'Resident memory of each kind of process, mapped files included, and what of it is JavaScript heap.',
      x,
      y: { label: 'MiB' },
      series: processes.flatMap((process) => [
        over(process, ({ residentBytes }) => (residentBytes[process] ?? NaN) / MIB),
        over(`${process}, heap`, ({ heapBytes }) => (heapBytes[process] ?? NaN) / MIB),
      ]),
    },
    {
      title: 'What waits',
      note: 'Records of the log that a stage has not handled yet.',
      x,
      y: { label: 'records' },
      series: stages.map((stage) => over(stage, ({ lagRecords }) => lagRecords[stage])),
    },
    {
      title: 'Latency over time',
      note: 'Of all requests that were due between two samples.',
      x,
      y: { label: 'ms', isLogarithmic: true },
      series: [
        over('p50', ({ latency }) => latency.p50Ms),
        over('p99', ({ latency }) => latency.p99Ms),
        over('worst', ({ latency }) => latency.maxMs),
      ],
    },
    {
      title: 'Answers and failures',
      note: 'Between two samples.',
      x,
      y: { label: 'requests' },
      series: [over('answered', ({ answered }) => answered), over('failed', ({ failed }) => failed)],
    },
  ];
}
