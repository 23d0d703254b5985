import { Command } from 'commander';
import { readConfig } from '../../shared/runtime/config';
import {
  checkDataDirectory,
  checkDisk,
  checkEngines,
  checkNode,
  checkPlatform,
  checkServers,
  type Finding,
} from '../doctor-checks';
import { environmentHelp } from './settings';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check whether the platform can run here, and what to do where it cannot')
    .addHelpText('after', `\nExit status: 0 when nothing is wrong, 1 otherwise.\n${environmentHelp()}`)
    .action(runDoctor);
}

async function runDoctor(): Promise<void> {
  const findings: Finding[] = [checkNode(process.versions.node)];
  const read = readConfig();
  if (read.ok) {
    findings.push({ ok: true, what: 'environment', detail: 'no faults' });
    findings.push(...(await checkPlatform(read.config)), checkDataDirectory(read.config.dataDir));
    findings.push(checkDisk(read.config.dataDir), ...checkEngines(read.config));
    findings.push(...(await checkServers(read.config)));
  } else {
    for (const { variable, message } of read.faults)
      findings.push({ ok: false, what: variable, detail: message, remedy: 'correct it or remove it' });
    findings.push(...checkEngines({}));
  }

  const width = Math.max(...findings.map(({ what }) => what.length)) + 2;
  for (const finding of findings) {
    process.stdout.write(
      `${finding.ok ? 'ok   ' : 'WRONG'}  ${finding.what.padEnd(width)}${finding.detail}\n`,
    );
    if (!finding.ok) process.stdout.write(`${' '.repeat(7 + width)}→ ${finding.remedy}\n`);
  }
  if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
}
