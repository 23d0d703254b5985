import { readConfig, VARIABLES, type Config, type ConfigFault } from '../../shared/runtime/config';
import { readAdminToken } from '../secrets';

/** Bad values in the environment: as the contract has it. */
export const EXIT_BAD_SETTINGS = 2;

/** The configuration, or every fault on standard error and exit 2. */
export function settingsOrExit(): Config {
  const read = readConfig();
  if (read.ok) return read.config;
  exitWithFaults(read.faults);
}

export function exitWithFaults(faults: readonly ConfigFault[]): never {
  const lines = faults.map(({ variable, message }) => `  ${variable} ${message}\n`);
  process.stderr.write(`muster: the environment has faults\n${lines.join('')}`);
  process.exit(EXIT_BAD_SETTINGS);
}

/** The environment, as help shows it. */
export function environmentHelp(): string {
  const rows = VARIABLES.map(
    ({ name, meaning, default: fallback }) => `  ${name.padEnd(22)}${meaning} (${fallback})`,
  );
  return `\nEnvironment:\n${rows.join('\n')}\n`;
}

/** The admin key: as given, else as kept in the data directory. */
export function adminKey(config: Config): string {
  const key = config.adminToken ?? readAdminToken(config.dataDir);
  if (key !== undefined) return key;
  throw new CommandError(
    `no admin key: set MUSTER_ADMIN_TOKEN, or MUSTER_DATA_DIR to the directory of a started platform (${config.dataDir} has none)`,
  );
}

/** A fault of the command's use or of what it talks to: shown as one line, exit 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
