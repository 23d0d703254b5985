/** An LMDB environment in a directory of a host, opened by every process that needs it. */
import { open, type Database, type RootDatabase } from 'lmdb';
import { mkdirSync } from 'node:fs';
import { numberKey } from './number-key';
import { OpeningGate } from './opening-gate';

/**
 * Address space that is reserved, not memory or disk: the file grows as it is filled. One size for every process,
 * because a map that one process grows is invalid in the others.
 */
export const DEFAULT_MAP_SIZE_BYTES = 64 * 1024 ** 3;

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

export interface Environment {
  writes: Writes;
  /** Trees by name; all are opened before the environment is used. */
  texts: (name: string) => Bytes<string>;
  numbers: (name: string) => Bytes<number>;
  bytes: (name: string) => Bytes<Buffer>;
  close: () => Promise<void>;
}

/** Opens the environment in `dir`, and its trees by `use`, while no other process commits to it. */
export async function openEnvironment<T>(
  { dir, mapSize }: { dir: string; mapSize: number },
  use: (environment: Environment) => T,
): Promise<T> {
  mkdirSync(dir, { recursive: true });
  const gate = new OpeningGate(dir);
  return gate.alone(() => use(openTrees(dir, mapSize, gate)));
}

function openTrees(dir: string, mapSize: number, gate: OpeningGate): Environment {
  const root: RootDatabase<Buffer, string> = open({
    path: dir,
    mapSize,
    maxDbs: 16,
    maxReaders: 256,
    encoding: 'binary',
    // A name with a dot would make lmdb take the path for a file.
    noSubdir: false,
  });
  return {
    writes: new Writes(root, gate),
    texts: (name) => root.openDB<Buffer, string>({ name, encoding: 'binary' }),
    numbers: (name) => {
      // `keyEncoder` is documented for sub-databases, lmdb's types list it for the root only.
      const options = { name, encoding: 'binary' as const, keyEncoder: numberKey };
      return root.openDB<Buffer, number>(options);
    },
    bytes: (name) => root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' }),
    close: async () => {
      await gate.alone(() => root.close());
      gate.close();
    },
  };
}

interface TreeStats {
  entryCount: number;
  pageSize: number;
  treeBranchPageCount: number;
  treeLeafPageCount: number;
  overflowPages: number;
}

/** Entries of the first tree, bytes of all. */
export function sizeOf(
  main: { getStats(): object },
  ...others: { getStats(): object }[]
): { count: number; bytes: number } {
  const stats = [main, ...others].map((db) => db.getStats() as TreeStats);
  return {
    count: stats[0]!.entryCount,
    bytes: stats.reduce(
      (sum, tree) =>
        sum + tree.pageSize * (tree.treeBranchPageCount + tree.treeLeafPageCount + tree.overflowPages),
      0,
    ),
  };
}
