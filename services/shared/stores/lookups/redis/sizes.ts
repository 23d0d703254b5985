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
    const { writes } = this.connections;
    const nodes = this.connections.masters();
    const [counts, memory] = await Promise.all([
      Promise.all(COUNTED.map((namespace) => writes.get(this.keys.size(namespace)))),
      Promise.all(nodes.map((node) => node.info('memory'))),
    ]);
    const stats: Record<string, number> = { server_bytes: 0 };
    COUNTED.forEach((namespace, index) => (stats[`${namespace}_count`] = Number(counts[index] ?? 0)));
    for (const text of memory) stats['server_bytes']! += Number(/^used_memory:(\d+)/m.exec(text)?.[1] ?? 0);
    return stats;
  }
}
