import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { isKey } from '../shared/runtime/config';

export interface Secrets {
  adminToken: string;
  secret: string;
}

const FILES = { adminToken: 'admin-token', secret: 'secret' } as const;

/** Names of the files in the data directory. */
export const SECRET_FILES: readonly string[] = Object.values(FILES);

export interface SettleSecretsOptions {
  dataDir: string;
  /** From the environment; wins over the file. */
  adminToken?: string;
  secret?: string;
}

/**
 * The admin token and the secret: as given, else as kept in the data directory, else made and kept there,
 * readable by the owner only. Several processes may settle at once: all get what the first one made. Throws,
 * naming the file, when one holds what cannot be a key.
 */
export function settleSecrets({ dataDir, adminToken, secret }: SettleSecretsOptions): Secrets {
  return {
    adminToken: adminToken ?? keep(join(dataDir, FILES.adminToken)),
    secret: secret ?? keep(join(dataDir, FILES.secret)),
  };
}

/** The kept admin token, for the command line; undefined when there is none yet. */
export function readAdminToken(dataDir: string): string | undefined {
  return read(join(dataDir, FILES.adminToken));
}

function keep(path: string): string {
  const kept = read(path);
  if (kept !== undefined) return kept;
  make(path);
  const made = read(path);
  if (made === undefined) throw new Error(`${path} vanished while it was being made`);
  return made;
}

function read(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (!isKey(text))
    throw new Error(`${path} does not hold 16 or more printable characters; remove it to get a new one`);
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return text;
}

/** Whole or not at all, and only where there is none: written aside, flushed, then given its name. */
function make(path: string): void {
  const aside = `${path}.${process.pid}.new`;
  const descriptor = openSync(aside, 'w', 0o600);
  try {
    writeSync(descriptor, `${randomBytes(32).toString('base64url')}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    linkSync(aside, path);
  } catch (error) {
    // Another process was first: its key is the one.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(aside);
  }
}
