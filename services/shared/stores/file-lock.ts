import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from 'fs-native-extensions';

/**
 * Waits for the operating system's exclusive lock on an open file. It belongs to the descriptor, so two descriptors
 * of one process exclude each other too, and it ends with `unlock`, when the file is closed, or when the process dies.
 *
 * Asks again every millisecond instead of blocking in a thread: the holder of a lock may need the last thread of
 * the pool to get on.
 */
export async function lockFile(descriptor: number): Promise<void> {
  while (!tryLock(descriptor)) await sleep(1);
}
