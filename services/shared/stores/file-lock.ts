import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from 'fs-native-extensions';

/**
 * Waits for the operating system's lock on an open file: exclusive, or shared with other shared ones. It belongs
 * to the descriptor, so two descriptors of one process exclude each other too, and it ends with `unlock`, when the
 * file is closed, or when the process dies.
 *
 * Asks again every millisecond instead of blocking in a thread: the holder of a lock may need the last thread of
 * the pool to get on.
 */
export async function lockFile(descriptor: number, { shared = false } = {}): Promise<void> {
  while (!tryLock(descriptor, 0, 0, { shared })) await sleep(1);
}
