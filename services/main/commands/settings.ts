import { readConfig, VARIABLES, type Config, type ConfigFault } from '../../shared/runtime/config';
import { readAdminToken } from '../secrets';

/** The command was not understood, or the environment holds bad values. */
export const EXIT_USAGE = 2;

/** The configuration, or every fault on standard error and exit 2. */
export function settingsOrExit(): Config {
  const read = readConfig();
  if (read.ok) return read.config;
  exitWithFaults(read.faults);
}

export function exitWithFaults(faults: readonly ConfigFault[]): never {
  const lines = faults.map(({ variable, message }) => `  ${variable} ${message}\n`);
  process.stderr.write(`muster: the environment has faults\n${lines.join('')}`);
  process.exit(EXIT_USAGE);
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
  const key = config.adminToken ?? keptToken(config.dataDir);
  if (key !== undefined) return key;
  throw new CommandError(
    `no admin key: set MUSTER_ADMIN_TOKEN, or MUSTER_DATA_DIR to the directory of a started platform (${config.dataDir} has none)`,
  );
}

function keptToken(dataDir: string): string | undefined {
  try {
    return readAdminToken(dataDir);
  } catch (error) {
    // Of another user, or damaged: either way the message names the file.
    throw new CommandError(`${(error as Error).message}; or set MUSTER_ADMIN_TOKEN`);
  }
}

/** A fault of the command's use (exit 2) or of what it talks to (exit 1): shown without a stack. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';

  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
  }
}
