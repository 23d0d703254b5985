/** One LMDB environment for all namespaces of LOOKUPS on a host, opened by every process that needs it. */
import type { Database, RootDatabase } from 'lmdb';
import type { OpeningGate } from './opening-gate';

/** What the adapters use of lmdb's database; values are bytes. */
export type Bytes<K extends string | number | Buffer> = Database<Buffer, K>;

/**
 * Reads run on a snapshot that lmdb renews at the latest with the next timer turn of the event loop (it holds a
 * read transaction for one turn) and after every commit of this process. So a read sees other processes' commits
 * as soon as the turn ends, and reads of one turn agree with each other.
 */
export class Writes {
  constructor(
    private readonly root: RootDatabase<Buffer, string>,
    private readonly gate: OpeningGate,
  ) {}

  /**
   * Runs `action` under the writer lock. Resolves when visible to every process, which survives kill -9 of any;
   * `durable` also waits for the disk. `action` is synchronous and must not throw half-way: what it wrote stays.
   */
  async run<T>(action: () => T, { durable }: { durable: boolean }): Promise<T> {
    const result = await this.commit(action);
    if (durable) await this.root.flushed;
    return result;
  }

  private async commit<T>(action: () => T): Promise<T> {
    await this.gate.enter();
    try {
      return await this.root.transaction(action);
    } finally {
      this.gate.leave();
    }
  }
}
