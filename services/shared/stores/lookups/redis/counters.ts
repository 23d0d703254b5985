import type { CounterLookups } from '../lookups';
import { inChunks } from './chunks';
import type { NamespaceOptions } from './namespace-options';

/**
 * Values are decimal text: `n:<key>`. A lease or an addition that was under way when the connection broke rejects and
 * may have been counted; it is not repeated, so that nothing is counted twice.
 */
export class RedisCounters implements CounterLookups {
  constructor(private readonly options: NamespaceOptions) {}

  async lease(key: string, want: number, limit: number): Promise<number> {
    if (!Number.isSafeInteger(want) || want < 0) throw new RangeError(`${want} is no amount to lease`);
    const { connections, keys, replicas } = this.options;
    const granted = Number(await connections.writes.leaseCounter(keys.counter(key), want, limit));
    // A lease that a failover forgot would be granted, and spent, twice.
    if (granted > 0) await replicas.settle();
    return granted;
  }

  async add(key: string, amount: number): Promise<number> {
    if (!Number.isSafeInteger(amount)) throw new RangeError(`${amount} is no safe integer`);
    const { connections, keys, replicas } = this.options;
    const value = Number(await connections.writes.addCounter(keys.counter(key), amount));
    await replicas.settle();
    return value;
  }

  get(keys: readonly string[]): Promise<number[]> {
    return inChunks(keys, async (key) =>
      Number((await this.options.connections.writes.get(this.options.keys.counter(key))) ?? 0),
    );
  }
}
