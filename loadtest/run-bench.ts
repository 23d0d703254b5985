import { type Metric, type Round, sayToStderr } from './bench';
import { openBench, type BenchRequest } from './compare/benches';
import { compareRevisions } from './compare/compare';
import { median } from './load/closed-loop';
import { beginRawOutput, writeRawOutput, type RawOutput } from './raw-output';

export interface RunOptions {
  request: BenchRequest;
  rounds: number;
  quick: boolean;
  out?: string;
  /** Another revision to measure in turn with this one. */
  compare?: string;
}

/** Round after round, each kept as soon as it is there; the medians are printed at the end. */
export async function runBench({ request, rounds, quick, out, compare }: RunOptions): Promise<void> {
  const raw = beginRawOutput(request.name, { ...request.options, rounds, quick, compare });
  const keep = async (): Promise<void> => {
    if (out !== undefined) await writeRawOutput(out, raw);
  };
  await keep();
  raw.summary =
    compare === undefined
      ? await measure(request, rounds, async (measured) => {
          raw.rounds = measured;
          await keep();
        })
      : await compareRevisions({
          revision: compare,
          request,
          rounds,
          say: sayToStderr,
          keep: async (comparison) => {
            raw.comparison = comparison;
            await keep();
          },
        });
  raw.finishedAt = new Date().toISOString();
  await keep();
  process.stdout.write(`${raw.summary.join('\n')}\n`);
}

async function measure(
  request: BenchRequest,
  rounds: number,
  keep: (measured: NonNullable<RawOutput['rounds']>) => Promise<void>,
): Promise<string[]> {
  const bench = await openBench(request, sayToStderr);
  try {
    const measured: Round[] = [];
    for (let n = 1; n <= rounds; n++) {
      measured.push(await bench.round(n));
      await keep(measured);
    }
    return medians(measured);
  } finally {
    await bench.close();
  }
}

/** One line a metric: its median, and what every round had. */
function medians(rounds: readonly Round[]): string[] {
  const metrics = new Map<string, Metric>(
    rounds.flatMap(({ metrics }) => metrics).map((metric) => [metric.name, metric]),
  );
  return [...metrics.values()].map(({ name, unit }) => {
    const values = rounds.flatMap(({ metrics }) =>
      metrics.filter((metric) => metric.name === name).map(({ value }) => value),
    );
    const shown = values.map(threeDigits).join(', ');
    return `${name}  ${threeDigits(median(values))}${unit === '' ? '' : ` ${unit}`}  (${shown})`;
  });
}

function threeDigits(value: number): string {
  return Math.abs(value) >= 1_000 ? value.toFixed(0) : value.toPrecision(3);
}
