import { closeSync, fsyncSync, openSync } from 'node:fs';

/** A new file survives a power cut only once its directory is flushed too. */
export function flushDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
