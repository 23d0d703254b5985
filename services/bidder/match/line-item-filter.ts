import type { LineItemReason } from '../../shared/domain/reasons';
import { andInto, andNotInto, hasBit, type Bitset } from '../snapshot/bitset';

/** One question put to all line items at once. */
interface LineItemFilter {
  reason: LineItemReason;
  /** Only read. */
  bits: Bitset;
  /** True: the members of the set fail; false: all others do. */
  excludes: boolean;
}

/** The questions of one request or impression, in their order. Its objects are used again and again. */
export class LineItemFilters {
  readonly #filters: LineItemFilter[] = [];
  #count = 0;

  clear(): void {
    this.#count = 0;
  }

  /** Only members of `bits` pass; undefined: all do. */
  keep(reason: LineItemReason, bits: Bitset | undefined): void {
    if (bits !== undefined) this.#add(reason, bits, false);
  }

  /** Members of `bits` fail; undefined: none does. */
  drop(reason: LineItemReason, bits: Bitset | undefined): void {
    if (bits !== undefined) this.#add(reason, bits, true);
  }

  /** Takes from `target` who fails any. */
  apply(target: Bitset): void {
    for (let i = 0; i < this.#count; i++) {
      const { bits, excludes } = this.#filters[i]!;
      if (excludes) andNotInto(target, bits);
      else andInto(target, bits);
    }
  }

  /** The first filter that a line item fails. */
  reasonAgainst(index: number): LineItemReason | undefined {
    for (let i = 0; i < this.#count; i++) {
      const { bits, excludes, reason } = this.#filters[i]!;
      if (hasBit(bits, index) === excludes) return reason;
    }
    return undefined;
  }

  #add(reason: LineItemReason, bits: Bitset, excludes: boolean): void {
    const filter = this.#filters[this.#count];
    if (filter === undefined) this.#filters.push({ reason, bits, excludes });
    else {
      filter.reason = reason;
      filter.bits = bits;
      filter.excludes = excludes;
    }
    this.#count += 1;
  }
}
