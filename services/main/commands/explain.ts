import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import type { Config } from '../../shared/runtime/config';
import { send } from './http-client';
import { adminKey, environmentHelp, settingsOrExit } from './settings';

export function explainCommand(): Command {
  return new Command('explain')
    .description('why somebody is in an audience or not, and why a request gets a bid or not')
    .addCommand(
      new Command('person')
        .description('what is known of a person; with an audience: why in it or not, clause by clause')
        .argument('<identity>', 'such as cookie:… or maid:…')
        .argument('[audience]', 'id of the audience')
        .addHelpText('after', environmentHelp())
        .action(explainPerson),
    )
    .addCommand(
      new Command('bid')
        .description('the price of every line item for a bid request, or the first reason against it')
        .argument('<exchange>', 'id of the exchange')
        .argument('[file]', 'an OpenRTB request; without it, or with -, standard input is read')
        .addHelpText('after', environmentHelp())
        .action(explainBid),
    );
}

async function explainPerson(identity: string, audience: string | undefined): Promise<void> {
  const config = settingsOrExit();
  const profile = `/v1/profiles/${encodeURIComponent(identity)}`;
  await show(config, {
    port: config.port,
    path: audience === undefined ? profile : `${profile}/audiences/${encodeURIComponent(audience)}/explain`,
    method: 'GET',
  });
}

async function explainBid(exchange: string, file: string | undefined): Promise<void> {
  const config = settingsOrExit();
  const body = file === undefined || file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8');
  await show(config, {
    port: config.bidderPort,
    path: `/explain/${encodeURIComponent(exchange)}`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
}

type Asked = {
  port: number;
  path: string;
  method: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
};

async function show(config: Config, asked: Asked): Promise<void> {
  const answer = await send({ host: config.host, key: adminKey(config), ...asked });
  process.stdout.write(`${JSON.stringify(JSON.parse(answer.body), null, 2)}\n`);
}
