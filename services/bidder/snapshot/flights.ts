import type { LineItemSnapshot } from '../../shared/domain/snapshot';
import { createBitset, setBit, type Bitset } from './bitset';

/** Which line items are in their flight (start ≤ now < end). Computed anew only when a flight begins or ends. */
export class Flights {
  readonly #flights: readonly LineItemSnapshot['flight'][];
  readonly #restricts: boolean;
  #bits: Bitset;
  #validFrom = Infinity;
  #validUntil = -Infinity;

  /** In the order of the line items. */
  constructor(flights: readonly LineItemSnapshot['flight'][]) {
    this.#flights = flights;
    this.#restricts = flights.some(({ start, end }) => start !== undefined || end !== undefined);
    this.#bits = createBitset(flights.length);
  }

  /** Undefined: no line item has a flight. */
  active(nowMs: number): Bitset | undefined {
    if (!this.#restricts) return undefined;
    // A clock that was set back invalidates too.
    if (nowMs < this.#validFrom || nowMs >= this.#validUntil) this.#compute(nowMs);
    return this.#bits;
  }

  #compute(nowMs: number): void {
    this.#bits = createBitset(this.#flights.length);
    this.#validFrom = nowMs;
    this.#validUntil = Infinity;
    this.#flights.forEach(({ start = -Infinity, end = Infinity }, index) => {
      if (start <= nowMs && nowMs < end) setBit(this.#bits, index);
      for (const boundary of [start, end]) {
        if (boundary > nowMs) this.#validUntil = Math.min(this.#validUntil, boundary);
      }
    });
  }
}
