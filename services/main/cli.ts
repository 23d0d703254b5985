/** The `muster` command. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { demoCommand } from './commands/demo';
import { doctorCommand } from './commands/doctor';
import { explainCommand } from './commands/explain';
import { importCommand } from './commands/import';
import { loadtestCommand } from './commands/loadtest';
import { rebuildCommand } from './commands/rebuild';
import { replayCommand } from './commands/replay';
import { serveCommand } from './commands/serve';
import { CommandError, environmentHelp } from './commands/settings';
import { sqlCommand } from './commands/sql';

function version(): string {
  // Compiled, this file is dist/services/main/cli.js.
  const path = join(__dirname, '..', '..', '..', 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

const program = new Command('muster')
  .description('An ad-audience platform: a data management platform with its own real-time bidder.')
  .version(version())
  .showHelpAfterError('(--help shows what is possible)')
  .addHelpText('after', environmentHelp())
  .addCommand(serveCommand())
  .addCommand(importCommand())
  .addCommand(replayCommand())
  .addCommand(rebuildCommand())
  .addCommand(sqlCommand())
  .addCommand(explainCommand())
  .addCommand(demoCommand())
  .addCommand(loadtestCommand())
  .addCommand(doctorCommand());

program.parseAsync().catch((error: unknown) => {
  const shown =
    error instanceof CommandError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`muster: ${shown}\n`);
  process.exitCode = 1;
  // Whatever was under way (timers, open sockets of a half-started command) must not keep it alive.
  process.exit();
});
