import { Option, type Command } from 'commander';
import { compareThroughput } from '../baseline/throughput';
import { measureFreshness } from '../freshness/measure-freshness';
import { measureIngest } from '../ingest/measure-ingest';
import { sayToStderr } from '../bench';
import { beginRawOutput, writeRawOutput } from '../raw-output';
import { scenarioCommand } from './options';

const BASELINE_PARTS = ['throughput', 'ingest', 'freshness'] as const;

interface BaselineOptions {
  quick: boolean;
  only?: string;
  out?: string;
}

export function baselineCommand(): Command {
  return scenarioCommand(
    'baseline',
    'every stage beside the simplest program that could do its work, on embedded engines',
  )
    .addOption(new Option('--only <part>', 'one part').choices(BASELINE_PARTS))
    .action(baseline);
}

/** Runs the parts one after the other, each alone on the machine, and prints one table of ratios. */
async function baseline({ quick, only, out }: BaselineOptions): Promise<void> {
  const say = sayToStderr;
  const output = beginRawOutput('baseline', { quick, only });
  const raw: Record<string, unknown> = {};
  const rows: string[] = [];
  const wanted = (part: (typeof BASELINE_PARTS)[number]): boolean => only === undefined || only === part;

  if (wanted('throughput')) {
    const sizes = quick
      ? { people: 20_000, rounds: 2, seconds: 3 }
      : { people: 200_000, rounds: 9, seconds: 4 };
    const result = await compareThroughput({ ...sizes, lineItems: 1_000, say });
    raw['throughput'] = result;
    for (const { name, ratio } of result.comparisons)
      rows.push(`${name} / bare node:http  ${ratio.toFixed(3)}`);
    rows.push(`lookup bytes per person  ${result.bytesPerPerson.toFixed(1)}`);
  }
  if (wanted('ingest')) {
    const result = await measureIngest({ events: quick ? 20_000 : 200_000, rounds: quick ? 1 : 3, say });
    raw['ingest'] = result;
    rows.push(`ingest rows/s / raw RowBinary insert  ${result.ratio.toFixed(3)}`);
  }
  if (wanted('freshness')) {
    const result = await measureFreshness({ perSecond: 1_000, seconds: quick ? 10 : 30, say });
    raw['freshness'] = result;
    rows.push(
      `freshness at ${result.offeredPerSecond} events/s  p50 ${result.p50Ms.toFixed(0)} ms, p99 ${result.p99Ms.toFixed(0)} ms (${result.samples} probes)`,
    );
    rows.push(
      `opt-out to no bid with memberships  p50 ${result.optOutP50Ms.toFixed(0)} ms, worst ${result.optOutMaxMs.toFixed(0)} ms`,
    );
  }
  process.stdout.write(`${rows.join('\n')}\n`);
  if (out !== undefined)
    await writeRawOutput(out, {
      ...output,
      finishedAt: new Date().toISOString(),
      result: raw,
      summary: rows,
    });
}
