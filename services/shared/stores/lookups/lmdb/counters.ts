import type { CounterLookups } from '../lookups';
import type { Bytes, Writes } from './environment';

/** Values are doubles, which hold every safe integer. */
export class LmdbCounters implements CounterLookups {
  constructor(
    private readonly db: Bytes<string>,
    private readonly writes: Writes,
  ) {}

  lease(key: string, want: number, limit: number): Promise<number> {
    requireAmount(want);
    return this.writes.run(
      () => {
        const taken = this.read(key);
        const granted = Math.max(0, Math.min(want, limit - taken));
        if (granted > 0) this.write(key, taken + granted);
        return granted;
      },
      // A lease that the disk forgot would be granted, and spent, twice.
      { durable: true },
    );
  }

  add(key: string, amount: number): Promise<number> {
    if (!Number.isSafeInteger(amount)) throw new RangeError(`${amount} is no safe integer`);
    return this.writes.run(
      () => {
        const value = Math.max(0, this.read(key) + amount);
        this.write(key, value);
        return value;
      },
      { durable: true },
    );
  }

  get(keys: readonly string[]): number[] {
    return keys.map((key) => this.read(key));
  }

  private read(key: string): number {
    return this.db.getBinary(key)?.readDoubleLE(0) ?? 0;
  }

  private write(key: string, value: number): void {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeDoubleLE(value, 0);
    void this.db.put(key, bytes);
  }
}

function requireAmount(amount: number): void {
  if (!Number.isSafeInteger(amount) || amount < 0) throw new RangeError(`${amount} is no amount to lease`);
}
