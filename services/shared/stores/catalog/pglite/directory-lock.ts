import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CatalogError } from '../catalog-error';

/**
 * A lock on a directory that a kill -9 does not leave behind: whoever finds the holder dead takes over.
 *
 * The lock is the file `lock.<generation>` with the highest generation. Taking over a dead holder's lock means
 * creating the next generation, which only one of several contenders can do (link(2) fails where the name
 * exists), so there is no moment between "the old one is dead" and "it is mine" for two to meet in. The highest
 * file is never removed, only marked as released, so that generations never start again.
 */
interface Holder {
  pid: number;
  /** Tells a process from a later one with the same pid; empty where the system does not say. */
  startedAt: string;
  released: boolean;
}

const LOCK_FILE = /^lock\.(\d+)$/;
/** Older generations are removed, a few are kept: a directory listing is not one atomic look. */
const GENERATIONS_KEPT = 4;

/** Takes the lock or throws CatalogError `in_use`. Answers what gives it back. */
export function lockDirectory(directory: string): () => void {
  for (;;) {
    const generation = newestGeneration(directory);
    if (generation > 0) refuseWhileHeld(directory, generation);
    const mine: Holder = { pid: process.pid, startedAt: startOf(process.pid) ?? '', released: false };
    if (!createWhole(directory, generation + 1, mine)) continue;
    for (const old of generations(directory)) {
      if (old <= generation + 1 - GENERATIONS_KEPT) rmSync(lockFile(directory, old), { force: true });
    }
    return () => replaceWhole(directory, generation + 1, { ...mine, released: true });
  }
}

function refuseWhileHeld(directory: string, generation: number): void {
  const holder = readHolder(directory, generation);
  if (holder === undefined || holder.released || !isAlive(holder)) return;
  throw new CatalogError({
    code: 'in_use',
    message: `${directory} is in use by process ${holder.pid}; one process at a time may open it`,
  });
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it lives, under another user.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const startedAt = startOf(holder.pid);
  return startedAt === undefined || holder.startedAt === '' || startedAt === holder.startedAt;
}

/** Boot and start time of a process on Linux; undefined elsewhere or when it is gone. */
function startOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name stands in parentheses and may hold anything; field 22 is counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${boot}:${fields[19]}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  }
}

function generations(directory: string): number[] {
  return readdirSync(directory).flatMap((name) => {
    const match = LOCK_FILE.exec(name);
    return match ? [Number(match[1])] : [];
  });
}

function newestGeneration(directory: string): number {
  return Math.max(0, ...generations(directory));
}

function readHolder(directory: string, generation: number): Holder | undefined {
  try {
    return JSON.parse(readFileSync(lockFile(directory, generation), 'utf8')) as Holder;
  } catch (error) {
    // Gone since the listing: somebody newer is at work, and the next generation decides.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** False when somebody else was first. The content is there from the first moment on. */
function createWhole(directory: string, generation: number, holder: Holder): boolean {
  const temporary = writeTemporary(directory, holder);
  try {
    linkSync(temporary, lockFile(directory, generation));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function replaceWhole(directory: string, generation: number, holder: Holder): void {
  renameSync(writeTemporary(directory, holder), lockFile(directory, generation));
}

function writeTemporary(directory: string, holder: Holder): string {
  const temporary = join(directory, `.lock-${process.pid}-${Math.random().toString(36).slice(2)}`);
  writeFileSync(temporary, JSON.stringify(holder), { mode: 0o600 });
  return temporary;
}

function lockFile(directory: string, generation: number): string {
  return join(directory, `lock.${generation}`);
}
