import type { Command } from 'commander';
import { compareThroughput } from '../baseline/throughput';
import { measureFreshness } from '../freshness/measure-freshness';
import { measureIngest } from '../ingest/measure-ingest';
import { partsCommand, type PartsRun } from './parts';

const PARTS = ['throughput', 'ingest', 'freshness'] as const;

export function baselineCommand(): Command {
  return partsCommand(
    'baseline',
    'every stage beside the simplest program that could do its work, on embedded engines',
    PARTS,
    baseline,
  );
}

async function baseline({ quick, say, wanted, add }: PartsRun<(typeof PARTS)[number]>): Promise<void> {
  if (wanted('throughput')) {
    const sizes = quick
      ? { people: 20_000, rounds: 2, seconds: 3 }
      : { people: 200_000, rounds: 9, seconds: 4 };
    const result = await compareThroughput({ ...sizes, lineItems: 1_000, say });
    add(
      'throughput',
      result,
      ...result.comparisons.map(({ name, ratio }) => `${name} / bare node:http  ${ratio.toFixed(3)}`),
      `lookup bytes per person  ${result.bytesPerPerson.toFixed(1)}`,
    );
  }
  if (wanted('ingest')) {
    const result = await measureIngest({ events: quick ? 20_000 : 200_000, rounds: quick ? 1 : 3, say });
    add('ingest', result, `ingest rows/s / raw RowBinary insert  ${result.ratio.toFixed(3)}`);
  }
  if (wanted('freshness')) {
    const result = await measureFreshness({ perSecond: 1_000, seconds: quick ? 10 : 30, say });
    add(
      'freshness',
      result,
      `freshness at ${result.offeredPerSecond} events/s  p50 ${result.p50Ms.toFixed(0)} ms, p99 ${result.p99Ms.toFixed(0)} ms (${result.samples} probes)`,
      `opt-out to no bid with memberships  p50 ${result.optOutP50Ms.toFixed(0)} ms, worst ${result.optOutMaxMs.toFixed(0)} ms`,
    );
  }
}
