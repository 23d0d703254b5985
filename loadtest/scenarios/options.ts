import { Command, InvalidArgumentError, Option } from 'commander';

const ROUNDS_MAX = 1_000;

/** A command of `muster loadtest`, with what every scenario takes. */
export function scenarioCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--quick', 'fewer rounds, people and seconds: a look, not a result', false)
    .option('--out <file>', 'keep the raw results there, as JSON');
}

/** What scenarios that are measured in rounds take besides. */
export function addRounds(command: Command): Command {
  return command
    .addOption(numberOption('--rounds <n>', 'how often everything is measured', { max: ROUNDS_MAX }))
    .option(
      '--compare <revision>',
      'measure another git revision in turn with this working tree, and say whether they differ',
    );
}

/** A positive whole number. */
export function numberOption(flags: string, description: string, { max }: { max: number }): Option {
  return new Option(flags, description).argParser((text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < 1 || value > max)
      throw new InvalidArgumentError(`a whole number from 1 to ${max}.`);
    return value;
  });
}

const UNIT_S = { s: 1, m: 60, h: 3_600 } as const;
const DURATION_S_MAX = 7 * 86_400;

/** `90s`, `10m` or `8h`, in seconds. */
export function parseDuration(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  const seconds = Number(count) * UNIT_S[unit as keyof typeof UNIT_S];
  if (!(seconds >= 1 && seconds <= DURATION_S_MAX))
    throw new InvalidArgumentError('a number with s, m or h behind it, up to a week: 90s, 10m, 8h.');
  return seconds;
}

const RATES_MAX = 50;
const RATE_MAX = 1_000_000;

/** `500,1000,2000`, rising. */
export function parseRates(text: string): number[] {
  const rates = text.split(',').map(Number);
  const isRising = rates.every((rate, i) => i === 0 || rate > rates[i - 1]!);
  const areWhole = rates.every((rate) => Number.isInteger(rate) && rate >= 1 && rate <= RATE_MAX);
  if (!areWhole || !isRising || rates.length > RATES_MAX)
    throw new InvalidArgumentError(
      `rising whole numbers up to ${RATE_MAX}, at most ${RATES_MAX}: 500,1000,2000.`,
    );
  return rates;
}
