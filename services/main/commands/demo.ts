import { Command, InvalidArgumentError, Option } from 'commander';
import { demo } from '../demo/demo';

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'start the platform in a temporary directory and play a sample day through its public interfaces',
    )
    .addOption(new Option('--seed <n>', 'another number, another day').argParser(parseSeed).default(1))
    .option('--exit', 'end after the table; status 0 when every step came true', false)
    .action((options: { seed: number; exit: boolean }) => demo(options));
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (!Number.isSafeInteger(seed)) throw new InvalidArgumentError('must be a whole number');
  return seed;
}
