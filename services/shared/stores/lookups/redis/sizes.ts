import type { Connections } from './connections';
import type { Keys } from './keys';

const COUNTED = ['identities', 'people', 'memberships'] as const;
export type Counted = (typeof COUNTED)[number];

/**
 * How many records there are. Redis cannot tell without looking at every hash, so writers count what they add and
 * take. For metrics: a process that dies between a write and its count leaves it off by a batch.
 */
export class Sizes {
  constructor(
    private readonly connections: Connections,
    private readonly keys: Keys,
  ) {}

  async add(namespace: Counted, change: number): Promise<void> {
    if (change !== 0) await this.connections.writes.incrby(this.keys.size(namespace), change);
  }

  /** Counts by namespace, and `server_bytes`: what all masters hold in memory, of others too. */
  async read(): Promise<Record<string, number>> {
    const counts = COUNTED.map(async (namespace) => [
      `${namespace}_count`,
      Number((await this.connections.writes.get(this.keys.size(namespace))) ?? 0),
    ]);
    const memory = this.connections
      .masters()
      .map(async (node) => Number(/^used_memory:(\d+)/m.exec(await node.info('memory'))?.[1] ?? 0));
    const bytes = (await Promise.all(memory)).reduce((sum, used) => sum + used, 0);
    return { ...Object.fromEntries(await Promise.all(counts)), server_bytes: bytes } as Record<
      string,
      number
    >;
  }
}
