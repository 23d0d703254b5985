import { Command, InvalidArgumentError, Option } from 'commander';
import { demo } from '../demo/demo';

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'start the platform in a temporary directory and play a sample day through its public interfaces',
    )
    .addOption(new Option('--seed <n>', 'another number, another day').argParser(parseSeed).default(1))
    .option('--exit', 'end after the table; status 0 when every step came true', false)
    .option(
      '--engines',
      'on servers of their own (Kafka, Redis, Postgres, ClickHouse), started for the demo, instead of the embedded engines',
      false,
    )
    .action((options: { seed: number; exit: boolean; engines: boolean }) => demo(options));
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (!Number.isSafeInteger(seed)) throw new InvalidArgumentError('must be a whole number');
  return seed;
}
