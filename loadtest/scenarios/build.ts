import type { Command } from 'commander';
import { runBench } from '../run-bench';
import { addRounds, numberOption, scenarioCommand } from './options';

interface BuildFlags {
  quick: boolean;
  out?: string;
  compare?: string;
  rounds?: number;
  people?: number;
}

export function buildCommand(): Command {
  return addRounds(
    scenarioCommand('build', 'full builds of new audiences over so many people, until they are ready'),
  )
    .addOption(numberOption('--people <n>', 'people in the lake', { max: 100_000_000 }))
    .addHelpText(
      'after',
      `
The lake is filled by its own engine: five traits and four events a person. Then four audiences of different shape are
defined one after the other; each counts from its definition until bidders are told that it is ready.`,
    )
    .action(async ({ quick, out, compare, rounds, people }: BuildFlags) => {
      await runBench({
        request: { name: 'build', options: { people: people ?? (quick ? 20_000 : 1_000_000) } },
        rounds: rounds ?? (quick ? 1 : 3),
        quick,
        out,
        compare,
      });
    });
}
