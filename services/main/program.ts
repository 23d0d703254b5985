import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { packagePath } from '../shared/package-path';
import { completionCommand } from './commands/completion';
import { demoCommand } from './commands/demo';
import { doctorCommand } from './commands/doctor';
import { explainCommand } from './commands/explain';
import { importCommand } from './commands/import';
import { loadtestCommand } from './commands/loadtest';
import { rebuildCommand } from './commands/rebuild';
import { replayCommand } from './commands/replay';
import { serveCommand } from './commands/serve';
import { environmentHelp } from './commands/settings';
import { sqlCommand } from './commands/sql';

/** The whole tree of commands. Faults of use are thrown as CommanderError, once they have been written. */
export function program(): Command {
  const muster = new Command('muster')
    .description('An ad-audience platform: a data management platform with its own real-time bidder.')
    .version(version())
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
  muster.addCommand(completionCommand(muster));
  settle(muster);
  return muster;
}

/** Settings that commander passes on to no command that was added whole. */
function settle(command: Command): void {
  const name = command.parent === null ? command.name() : `${command.parent.name()} ${command.name()}`;
  command.exitOverride().showHelpAfterError(`(${name} --help shows what is possible)`);
  for (const child of command.commands) settle(child);
}

function version(): string {
  return (JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string }).version;
}
