import type { Command } from 'commander';
import { runBench } from '../run-bench';
import { addRounds, numberOption, scenarioCommand } from './options';

interface IngestFlags {
  quick: boolean;
  out?: string;
  compare?: string;
  rounds?: number;
  events?: number;
}

export function ingestCommand(): Command {
  return addRounds(
    scenarioCommand('ingest', 'a full log drained into the lake, beside a raw insert of the same rows'),
  )
    .addOption(numberOption('--events <n>', 'events in the log of each round', { max: 50_000_000 }))
    .addHelpText(
      'after',
      `
Every round starts from empty stores. Ingest decodes, numbers identities, looks for duplicates, inserts, and confirms; the
raw insert gives the engine the same rows as RowBinary from a file. How and why: loadtest/README.md.`,
    )
    .action(async ({ quick, out, compare, rounds, events }: IngestFlags) => {
      await runBench({
        request: { name: 'ingest', options: { events: events ?? (quick ? 20_000 : 200_000) } },
        rounds: rounds ?? (quick ? 1 : 5),
        quick,
        out,
        compare,
      });
    });
}
