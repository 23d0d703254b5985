import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock, unlock } from 'fs-native-extensions';
import { lockFile } from '../../file-lock';

/**
 * Keeps openings of an environment apart from commits to it, over all processes of the host.
 *
 * Opening one, lmdb 3.5 reads which commit is the last and then writes that down in the lock file that all
 * processes share, without the writer lock. A commit of another process in between is taken back, though it was
 * acknowledged. So commits hold a shared lock on `commits.lock`, and whoever opens or closes an exclusive one. Whoever
 * opens takes `opening.lock` first, which commits only pass through: a stream of them cannot keep it out.
 */
export class OpeningGate {
  private readonly opening: number;
  private readonly commits: number;
  private inside = 0;

  constructor(private readonly dir: string) {
    this.opening = openSync(join(dir, 'opening.lock'), 'a+');
    this.commits = openSync(join(dir, 'commits.lock'), 'a+');
  }

  /** Runs `action` while no process of the host commits. */
  async alone<T>(action: () => T | Promise<T>): Promise<T> {
    const descriptors: number[] = [];
    try {
      for (const name of ['opening.lock', 'commits.lock']) {
        const descriptor = openSync(join(this.dir, name), 'a+');
        descriptors.push(descriptor);
        await lockFile(descriptor);
      }
      return await action();
    } finally {
      descriptors.forEach(closeSync);
    }
  }

  /** Before a commit; `leave` follows once the commit is visible. */
  async enter(): Promise<void> {
    while (!this.tryEnter()) await sleep(1);
  }

  leave(): void {
    if (--this.inside === 0) unlock(this.commits);
  }

  close(): void {
    closeSync(this.opening);
    closeSync(this.commits);
  }

  private tryEnter(): boolean {
    if (!tryLock(this.opening, 0, 0, { shared: true })) return false;
    const isFree = this.inside > 0 || tryLock(this.commits, 0, 0, { shared: true });
    if (isFree) this.inside++;
    unlock(this.opening);
    return isFree;
  }
}
