import type { Command } from 'commander';
import { ladder } from '../load/climb';
import { runBench } from '../run-bench';
import { addRounds, numberOption, parseRates, scenarioCommand } from './options';

const PEOPLE_MAX = 10_000_000;
const LINE_ITEMS_MAX = 100_000;
const SECONDS_MAX = 3_600;
const SEED_MAX = 2 ** 31 - 1;
/** An exchange waits about 100 ms; a page does not wait for a pixel, but a browser has few connections. */
const P99_MS_MAX = 100;

interface ServingFlags {
  quick: boolean;
  out?: string;
  compare?: string;
  rounds?: number;
  rates?: number[];
  duration?: number;
  warmUp?: number;
  people?: number;
  lineItems?: number;
  seed: number;
}

const CLIMB = `
Requests arrive as a Poisson process at each rate in turn, rising until the server no longer keeps up: fewer than 97 % of
them answered in time, an error, or more than 1 % of answers later than ${P99_MS_MAX} ms. Latency counts from when a
request was due, not from when it could be sent. Server and load have a core each; without --compare a bare node:http
server climbs the same rates in turn. How and why: loadtest/README.md.`;

export function bidCommand(): Command {
  return servingCommand('bid', 'one bidder under a simulated exchange: latency by rate, up to saturation');
}

export function pixelCommand(): Command {
  return servingCommand(
    'pixel',
    'one collector under pixels and cookie syncs: latency by rate, up to saturation',
  );
}

function servingCommand(name: 'bid' | 'pixel', description: string): Command {
  return addRounds(scenarioCommand(name, description))
    .option(
      '--rates <list>',
      'requests a second, rising (default: 500 and on, by half as much again)',
      parseRates,
    )
    .addOption(numberOption('--duration <seconds>', 'how long each rate is offered', { max: SECONDS_MAX }))
    .addOption(numberOption('--warm-up <seconds>', 'load before the first round', { max: SECONDS_MAX }))
    .addOption(numberOption('--people <n>', 'people in the lookups', { max: PEOPLE_MAX }))
    .addOption(numberOption('--line-items <n>', 'line items in the catalog', { max: LINE_ITEMS_MAX }))
    .addOption(
      numberOption('--seed <n>', 'the same seed sends the same requests', { max: SEED_MAX }).default(1),
    )
    .addHelpText('after', CLIMB)
    .action(async (flags: ServingFlags) => {
      const { quick, compare, out } = flags;
      await runBench({
        request: {
          name,
          options: {
            people: flags.people ?? (quick ? 20_000 : 200_000),
            lineItems: flags.lineItems ?? 1_000,
            rates: flags.rates ?? ladder({ from: 500, to: 100_000, factor: quick ? 2 : 1.5 }),
            seconds: flags.duration ?? (quick ? 2 : 10),
            warmUpSeconds: flags.warmUp ?? (quick ? 3 : 15),
            seed: flags.seed,
            p99MsMax: P99_MS_MAX,
            ceiling: compare === undefined,
          },
        },
        rounds: flags.rounds ?? (quick ? 1 : 5),
        quick,
        out,
        compare,
      });
    });
}
