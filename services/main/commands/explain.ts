import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { Command } from 'commander';
import type { Config } from '../../shared/runtime/config';
import { bidText, type BidExplanation } from '../explain/bid-text';
import { explanationText, profileText, type Explanation, type Profile } from '../explain/profile-text';
import { send } from './http-client';
import { adminKey, CommandError, environmentHelp, EXIT_USAGE, settingsOrExit } from './settings';

const JSON_OPTION = ['--json', 'the answer as JSON, whole'] as const;

export function explainCommand(): Command {
  return new Command('explain')
    .description('why somebody is in an audience or not, and why a request gets a bid or not')
    .addCommand(
      new Command('person')
        .description('what is known of a person; with an audience: why in it or not, clause by clause')
        .argument('<identity>', 'such as cookie:… or maid:…')
        .argument('[audience]', 'id of the audience')
        .option(...JSON_OPTION)
        .addHelpText('after', environmentHelp())
        .action(explainPerson),
    )
    .addCommand(
      new Command('bid')
        .description('the price of every line item for a bid request, or the first reason against it')
        .argument('<exchange>', 'id of the exchange')
        .argument('[file]', 'an OpenRTB request; without it, or with -, standard input is read')
        .option(...JSON_OPTION)
        .addHelpText('after', environmentHelp())
        .action(explainBid),
    );
}

interface ExplainOptions {
  json?: true;
}

async function explainPerson(
  identity: string,
  audience: string | undefined,
  { json }: ExplainOptions,
): Promise<void> {
  const config = settingsOrExit();
  const profile = `/v1/profiles/${encodeURIComponent(identity)}`;
  const answer = await ask(config, {
    port: config.port,
    path: audience === undefined ? profile : `${profile}/audiences/${encodeURIComponent(audience)}/explain`,
    method: 'GET',
  });
  if (json) return printJson(answer);
  process.stdout.write(
    audience === undefined ? profileText(answer as Profile) : explanationText(answer as Explanation),
  );
}

async function explainBid(
  exchange: string,
  file: string | undefined,
  { json }: ExplainOptions,
): Promise<void> {
  const config = settingsOrExit();
  const answer = await ask(config, {
    port: config.bidderPort,
    path: `/explain/${encodeURIComponent(exchange)}`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: await requestOf(file),
  });
  if (json) return printJson(answer);
  process.stdout.write(bidText(answer as BidExplanation));
}

async function requestOf(file: string | undefined): Promise<Buffer> {
  if (file === undefined || file === '-') return buffer(process.stdin);
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CommandError((error as Error).message, EXIT_USAGE);
  }
}

interface Asked {
  port: number;
  path: string;
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: Buffer;
}

async function ask(config: Config, asked: Asked): Promise<unknown> {
  const answer = await send({ host: config.host, key: adminKey(config), ...asked });
  return JSON.parse(answer.body) as unknown;
}

function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
