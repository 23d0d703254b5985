import { Argument, Command } from 'commander';
import { baseline } from '../../../loadtest/baseline';

export function loadtestCommand(): Command {
  return new Command('loadtest')
    .description('measure this machine: every stage beside the simplest program that could do its work')
    .addArgument(new Argument('<scenario>', 'what to measure').choices(['baseline']))
    .option('--quick', 'fewer rounds and people: a look, not a result', false)
    .option('--only <part>', 'one part: throughput, ingest or freshness')
    .option('--out <file>', 'write the raw results there, as JSON')
    .action((_scenario: string, options: { quick: boolean; only?: string; out?: string }) =>
      baseline(options),
    );
}
