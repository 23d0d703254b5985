import { Command } from 'commander';
import { text } from 'node:stream/consumers';
import { send } from './http-client';
import { adminKey, environmentHelp, settingsOrExit } from './settings';

export function sqlCommand(): Command {
  return new Command('sql')
    .description('ask the lake of the running platform, read-only')
    .argument('[query]', 'one statement; without it, or with -, standard input is read')
    .option('--format <name>', "one of ClickHouse's output formats", 'PrettyCompact')
    .addHelpText(
      'after',
      `
Example: muster sql "SELECT type, count() FROM events GROUP BY type"
${environmentHelp()}`,
    )
    .action(runSql);
}

async function runSql(query: string | undefined, { format }: { format: string }): Promise<void> {
  const config = settingsOrExit();
  const statement = query === undefined || query === '-' ? await text(process.stdin) : query;
  await send({
    host: config.host,
    port: config.port,
    path: `/clickhouse/?default_format=${encodeURIComponent(format)}`,
    method: 'POST',
    key: adminKey(config),
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: statement,
    sink: process.stdout,
  });
}
