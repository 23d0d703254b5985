import type { Bench, Round, Say } from '../bench';
import { packageRoot } from '../package-root';
import { join } from 'node:path';
import type { RawOutput } from '../raw-output';
import type { BenchRequest } from './benches';
import { checkOut } from './checkout';
import { inWords, pairedStatement } from './paired';
import { openInRevision } from './revision-worker';

export interface CompareOptions {
  revision: string;
  request: BenchRequest;
  rounds: number;
  say: Say;
  /** Called after every pair of rounds. */
  keep: (comparison: NonNullable<RawOutput['comparison']>) => Promise<void>;
}

type Pair = { reference: Round; subject: Round };

/** The working tree and another revision, round by round in turn on the same machine. Returns lines to print. */
export async function compareRevisions(options: CompareOptions): Promise<string[]> {
  const { revision, request, rounds, say, keep } = options;
  const checkout = await checkOut(revision, say);
  const benches: Bench[] = [];
  const open = async (name: string, root: string): Promise<Bench> => {
    const fallbackModules = join(packageRoot(), 'node_modules');
    const bench = await openInRevision({
      root,
      fallbackModules,
      request,
      say: (line) => say(`${name}: ${line}`),
    });
    benches.push(bench);
    return bench;
  };
  try {
    const reference = await open(revision, checkout.root);
    const subject = await open('working tree', packageRoot());
    const pairs: Pair[] = [];
    for (let n = 1; n <= rounds; n++) {
      pairs.push(await pairOfRounds(n, reference, subject));
      await keep({ reference: { name: revision, revision: checkout.revision }, rounds: pairs });
    }
    return statements(pairs, revision);
  } finally {
    await Promise.allSettled(benches.map((bench) => bench.close()));
    await checkout.remove();
  }
}

/** Each time the other goes first, so that whatever the first of a pair suffers falls on both alike. */
async function pairOfRounds(n: number, reference: Bench, subject: Bench): Promise<Pair> {
  if (n % 2 === 1) {
    const first = await reference.round(n);
    return { reference: first, subject: await subject.round(n) };
  }
  const first = await subject.round(n);
  return { subject: first, reference: await reference.round(n) };
}

/** One line for every metric that both had in some round. */
export function statements(pairs: readonly Pair[], revision: string): string[] {
  const metrics = new Map(
    pairs.flatMap(({ subject }) => subject.metrics).map((metric) => [metric.name, metric]),
  );
  const lines = [...metrics.values()].flatMap(({ name, better }) => {
    const values = pairs.flatMap(({ reference, subject }) => {
      const before = reference.metrics.find((metric) => metric.name === name)?.value;
      const after = subject.metrics.find((metric) => metric.name === name)?.value;
      return before === undefined || after === undefined ? [] : [{ reference: before, subject: after }];
    });
    return values.length === 0
      ? []
      : [`${name} (${better} is better)  ${inWords(pairedStatement(values), better)}`];
  });
  return [`working tree / ${revision}, median of the rounds' ratios (95 % interval):`, ...lines];
}
