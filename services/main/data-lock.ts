import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';

export type LockResult = { ok: true; release: () => void } | { ok: false; holder: string };

/**
 * Takes the lock `<name>.lock` on a data directory for this process. It is the operating system's own lock on
 * an open file: it ends with the process, however that ends, so that there is no stale lock to break. The text
 * in the file only names the holder for people.
 */
export function lockDataDirectory(dataDir: string, name: string): LockResult {
  const path = join(dataDir, `${name}.lock`);
  const descriptor = openSync(path, 'a+', 0o600);
  if (!tryLock(descriptor)) {
    closeSync(descriptor);
    return { ok: false, holder: readFileSync(path, 'utf8').trim() };
  }
  ftruncateSync(descriptor);
  writeSync(descriptor, `process ${process.pid}\n`);
  let held = true;
  return {
    ok: true,
    release: () => {
      if (held) closeSync(descriptor);
      held = false;
    },
  };
}

/** Who holds the lock; undefined for nobody. Leaves the file as it is. */
export function lockHolder(dataDir: string, name: string): string | undefined {
  const path = join(dataDir, `${name}.lock`);
  if (!existsSync(path)) return undefined;
  const descriptor = openSync(path, 'r+');
  try {
    return tryLock(descriptor) ? undefined : readFileSync(path, 'utf8').trim();
  } finally {
    // Closing gives back what was taken.
    closeSync(descriptor);
  }
}

/**
 * Like `lockDataDirectory`, but waits for a holder that is on its way out: the child of a supervisor that was
 * killed a moment ago. Throws when it still holds the lock after `timeoutMs`.
 */
export async function waitForDataLock(dataDir: string, name: string, timeoutMs: number): Promise<() => void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const lock = lockDataDirectory(dataDir, name);
    if (lock.ok) return lock.release;
    if (Date.now() >= deadline) throw new Error(`${dataDir} is still in use by ${lock.holder}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
