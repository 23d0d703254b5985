import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';
import { CatalogError } from '../catalog-error';

/**
 * Takes an exclusive lock of the operating system on `directory`, or throws CatalogError `in_use`. It belongs to
 * the open file: another opening of this process is refused as well, and a kill -9 gives it back. Answers what
 * gives it back. The file itself stays: removing it would let two processes lock two files of one name.
 */
export function lockDirectory(directory: string): () => void {
  const file = join(directory, 'lock');
  const descriptor = openSync(file, 'a+', 0o600);
  if (!tryLock(descriptor)) {
    closeSync(descriptor);
    const holder = readFileSync(file, 'utf8').trim();
    throw new CatalogError({
      code: 'in_use',
      message: `${directory} is in use by process ${holder}; one process at a time may open it`,
    });
  }
  ftruncateSync(descriptor);
  writeSync(descriptor, `${process.pid}\n`);
  return () => closeSync(descriptor);
}
