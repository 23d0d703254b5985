import type { LineItemReason } from '../../shared/domain/reasons';
import { andInto, andNotInto, hasBit, type Bitset } from '../snapshot/bitset';

/** One question put to all line items at once. */
export interface LineItemFilter {
  reason: LineItemReason;
  /** Undefined: no line item fails. The set is only read. */
  bits: Bitset | undefined;
  /** True: the members of the set fail; false: all others do. */
  excludes: boolean;
}

export function applyFilter(target: Bitset, filter: LineItemFilter): void {
  if (filter.bits === undefined) return;
  if (filter.excludes) andNotInto(target, filter.bits);
  else andInto(target, filter.bits);
}

/** The first filter that a line item fails. */
export function firstFailed(filters: readonly LineItemFilter[], index: number): LineItemReason | undefined {
  for (const { bits, excludes, reason } of filters) {
    if (bits !== undefined && hasBit(bits, index) === excludes) return reason;
  }
  return undefined;
}
