import { createBitset, orInto, setBit, type Bitset } from './bitset';

/**
 * Which line items accept a value of one kind (country, device type …): those that name it and those that
 * name none. A line item that names values does not accept a request that has none.
 */
export class ValueIndex<K extends string | number> {
  readonly #byValue = new Map<K, Bitset>();
  readonly #unrestricted: Bitset;
  readonly #scratch: Bitset;
  #restricts = false;

  constructor(size: number) {
    this.#unrestricted = createBitset(size);
    this.#scratch = createBitset(size);
  }

  /** Each line item is added once, without values when it accepts all. Call `freeze` behind the last. */
  add(index: number, values: readonly K[]): void {
    if (values.length === 0) {
      setBit(this.#unrestricted, index);
      return;
    }
    this.#restricts = true;
    for (const value of values) {
      let bits = this.#byValue.get(value);
      if (bits === undefined) {
        bits = new Uint32Array(this.#unrestricted.length);
        this.#byValue.set(value, bits);
      }
      setBit(bits, index);
    }
  }

  freeze(): void {
    for (const bits of this.#byValue.values()) orInto(bits, this.#unrestricted);
  }

  /** Undefined: no line item restricts this, all accept. The set belongs to the index: do not change it. */
  accepting(value: K | undefined): Bitset | undefined {
    if (!this.#restricts) return undefined;
    return (value === undefined ? undefined : this.#byValue.get(value)) ?? this.#unrestricted;
  }

  /** Like `accepting` for a request with several values; the set holds until the next call. */
  acceptingAny(values: readonly K[]): Bitset | undefined {
    if (!this.#restricts) return undefined;
    if (values.length === 0) return this.#unrestricted;
    if (values.length === 1) return this.accepting(values[0]);
    this.#scratch.set(this.#unrestricted);
    for (const value of values) {
      const bits = this.#byValue.get(value);
      if (bits !== undefined) orInto(this.#scratch, bits);
    }
    return this.#scratch;
  }

  /** Whether any line item names a value. */
  get restricts(): boolean {
    return this.#restricts;
  }
}
