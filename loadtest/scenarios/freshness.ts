import type { Command } from 'commander';
import { runBench } from '../run-bench';
import { addRounds, numberOption, scenarioCommand } from './options';

interface FreshnessFlags {
  quick: boolean;
  out?: string;
  compare?: string;
  rounds?: number;
  rate?: number;
  duration?: number;
  warmUp?: number;
}

export function freshnessCommand(): Command {
  return addRounds(
    scenarioCommand(
      'freshness',
      'from an acknowledged event to the first bid that uses it, under a stream of events',
    ),
  )
    .addOption(numberOption('--rate <n>', 'events a second, sent when they are due', { max: 100_000 }))
    .addOption(numberOption('--duration <seconds>', 'length of a round', { max: 3_600 }))
    .addOption(numberOption('--warm-up <seconds>', 'load before the first round', { max: 3_600 }))
    .addHelpText(
      'after',
      `
Runs the whole platform on embedded engines. Four times a second a browser that was nobody is synced, puts something into
its cart, and is asked for until the bid comes; a fifth of them opt out and are asked for until it no longer comes.`,
    )
    .action(async ({ quick, out, compare, ...flags }: FreshnessFlags) => {
      await runBench({
        request: {
          name: 'freshness',
          options: {
            perSecond: flags.rate ?? 1_000,
            seconds: flags.duration ?? (quick ? 10 : 30),
            warmUpSeconds: flags.warmUp ?? (quick ? 2 : 10),
          },
        },
        rounds: flags.rounds ?? (quick ? 1 : 5),
        quick,
        out,
        compare,
      });
    });
}
