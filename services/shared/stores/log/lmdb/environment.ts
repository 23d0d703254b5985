import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import type { Database, Key, PutOptions, RootDatabaseOptionsWithPath } from 'lmdb';
import { open } from 'lmdb';

/**
 * `overlappingSync` is off on purpose: with it LMDB shows a commit to readers before it is flushed, and takes
 * unflushed commits back when the last process dies. Then a consumer could commit past records that vanish,
 * and their offsets would be given out again. Without it, whatever a reader sees is durable, and a
 * write's promise resolves after fdatasync of the pages and a synchronous write of the meta page.
 *
 * `eventTurnBatching` is off so that the write thread never holds the writer lock while it waits for this
 * thread: another environment handle of the process that opens at that moment would wait for ever.
 * For the same reason only single conditional writes are used, never a transaction with a callback.
 */
const durable: RootDatabaseOptionsWithPath = {
  noSubdir: true,
  overlappingSync: false,
  eventTurnBatching: false,
  maxDbs: 1,
  // One slot a process and environment; the first process to open decides.
  maxReaders: 256,
};

/** Keys are 1 … 2^32-1: lmdb-js cannot search backwards down to key 0. */
export function openSegmentEnvironment(path: string, mapBytes: number): Database<Buffer, number> {
  return open<Buffer, number>({
    ...durable,
    path,
    mapSize: mapBytes,
    encoding: 'binary',
    keyEncoding: 'uint32',
  });
}

export function openVersionedEnvironment<T>(path: string, mapBytes: number): Database<T, string> {
  return open<T, string>({ ...durable, path, mapSize: mapBytes, encoding: 'json', useVersions: true });
}

/** An environment nothing is ever written to: its writer lock is a mutex that a dying process sets free. */
export function openMutexEnvironment(path: string): Database<Buffer, number> {
  return open<Buffer, number>({
    ...durable,
    path,
    mapSize: 1 << 20,
    encoding: 'binary',
    keyEncoding: 'uint32',
  });
}

/** The types of the package name these options for other methods only; `put` takes them too. */
interface ConditionalPut<V, K extends Key> {
  put(key: K, value: V, options: PutOptions): Promise<boolean>;
}

/** Stores a value unless its key is taken; false when it is. One instruction of the write thread. */
export function putIfAbsent<V, K extends Key>(
  db: Database<V, K>,
  key: K,
  value: V,
  version?: number,
): Promise<boolean> {
  return (db as unknown as ConditionalPut<V, K>).put(key, value, { noOverwrite: true, version });
}

/** A failed commit carries its cause in a promise of its own, which must not be left unhandled. */
export async function writeFailure(error: unknown): Promise<Error> {
  const isCommit = typeof error === 'object' && error !== null && 'commitError' in error;
  try {
    const cause: unknown = isCommit ? await error.commitError : error;
    return new Error(`log write failed: ${String(cause)}`, { cause });
  } catch (cause) {
    return new Error(`log write failed: ${String(cause)}`, { cause });
  }
}

export function makeDirectory(path: string): void {
  mkdirSync(path, { recursive: true });
}

/** A new file survives a power cut only once its directory is flushed too. */
export function flushDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
