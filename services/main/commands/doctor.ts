import { Command } from 'commander';
import { readConfig, type Config } from '../../shared/runtime/config';
import { checkDataDirectory } from '../doctor/check-data-directory';
import { checkEmbeddedEngines } from '../doctor/check-embedded-engines';
import { checkClock, checkMemory, checkNode, checkOpenFiles } from '../doctor/check-host';
import { checkPlatform } from '../doctor/check-platform';
import { checkServers } from '../doctor/check-servers';
import { checkVersions } from '../doctor/check-versions';
import { ok, wrong, type Finding, type Level } from '../doctor/finding';
import { environmentHelp } from './settings';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check whether the platform can run here, and what to do where it cannot')
    .option('--json', 'the findings as JSON')
    .addHelpText('after', `\nExit status: 0 when nothing is wrong, 1 otherwise.\n${environmentHelp()}`)
    .action(runDoctor);
}

async function runDoctor({ json }: { json?: true }): Promise<void> {
  const read = readConfig();
  const findings = [
    checkNode(process.versions.node),
    checkMemory(),
    ...checkOpenFiles(),
    ...(read.ok
      ? [ok('environment', 'no faults'), ...(await checkConfigured(read.config))]
      : [
          ...read.faults.map(({ variable, message }) => wrong(variable, message, 'correct it or remove it')),
          ...checkEmbeddedEngines({}),
        ]),
  ];
  const allIsWell = findings.every(({ level }) => level !== 'wrong');
  process.stdout.write(json ? `${JSON.stringify({ ok: allIsWell, findings }, null, 2)}\n` : asText(findings));
  if (!allIsWell) process.exitCode = 1;
}

async function checkConfigured(config: Config): Promise<Finding[]> {
  const directory = checkDataDirectory(config.dataDir);
  // What is in a directory that cannot be used cannot be looked at either.
  const isUsable = directory.length > 1;
  return [
    ...(await checkPlatform(config)),
    ...directory,
    ...(isUsable ? [...checkVersions(config), checkClock(config.dataDir)] : []),
    ...checkEmbeddedEngines(config),
    ...(await checkServers(config)),
  ];
}

const MARKS: Record<Level, string> = { ok: 'ok   ', warning: 'warn ', wrong: 'WRONG' };

function asText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ what }) => what.length)) + 2;
  const lines = findings.flatMap(({ level, what, detail, remedy }) => [
    `${MARKS[level]}  ${what.padEnd(width)}${detail}`,
    ...(remedy === undefined ? [] : [`${' '.repeat(7 + width)}→ ${remedy}`]),
  ]);
  const count = findings.filter(({ level }) => level === 'wrong').length;
  return `${lines.join('\n')}\n${count === 0 ? 'nothing is wrong' : `${count} wrong`}\n`;
}
