import calculateSlot from 'cluster-key-slot';
import type { Connections } from './connections';

const SLOTS = 16_384;
const COPIES = 64;

/**
 * The epoch is lost with what it stands for. A cluster loses its data shard by shard, so there it has copies evenly over
 * the slots: a master that came back empty lacks some, as long as it has a 64th of the slots.
 */
export class Epoch {
  private readonly keys: readonly string[];

  constructor(
    private readonly connections: Connections,
    key: string,
  ) {
    this.keys = connections.isCluster ? COPY_TAGS.map((tag) => `${key}:{${tag}}`) : [key];
  }

  async read(): Promise<string | undefined> {
    const copies = await Promise.all(this.keys.map((key) => this.connections.writes.get(key)));
    return copies.includes(null) ? undefined : copies[0]!;
  }

  /** The copy that counts comes last: until then the earlier epoch holds. */
  async write(epoch: string): Promise<void> {
    const [first, ...others] = this.keys;
    await Promise.all(others.map((key) => this.connections.writes.set(key, epoch)));
    await this.connections.writes.set(first!, epoch);
  }
}

/** One hash tag for each 64th of the slots. */
const COPY_TAGS = ((): string[] => {
  const tags = new Map<number, string>();
  for (let n = 0; tags.size < COPIES; n++) {
    const share = Math.floor(calculateSlot(String(n)) / (SLOTS / COPIES));
    if (!tags.has(share)) tags.set(share, String(n));
  }
  return [...tags].sort(([a], [b]) => a - b).map(([, tag]) => tag);
})();
