/**
 * What bidders and whoever fills the lookups agree on about budgets. Counters of what is leased and spent live in LOOKUPS
 * alone. When these are lost, what was spent is restored from the notices, and leases begin anew.
 */
import { utcDay } from './utc-day';

/** How long after its bid a billing notice uses the bid's reservation: `bid.exp`, as we told the exchange. */
export const HOLD_MS = 300_000;
/** After that, reservations are given back only so much later: a notice in hand then is still being stored. */
export const GRACE_MS = 30_000;
/** Notices of a bid count for so long; repeats are remembered longer. */
export const NOTICE_MAX_AGE_MS = 7 * 86_400_000;
export const SETTLED_CLAIM_MS = NOTICE_MAX_AGE_MS + 86_400_000;

/** Claims of bids whose part of the budget is settled, by the bid's id. */
export const SETTLED_SPACE = 'bid-settled';
/** Who settled it, in the claim's `partition`. `restore`: its bill is in the restored spend. */
export const SETTLED_BY = { bill: 0, loss: 1, restore: 2 } as const;

/** Document in LOOKUPS that says since when the counters there are. */
export const RESTORED_BUDGETS = 'restored-budgets';

export interface RestoredBudgets {
  /** Epoch ms. What bids before it reserved or leased is in no counter; their bills count in full. */
  restoredAt: number;
  /** Epoch ms before which nothing may be leased: until then bids from before may still be billed. */
  leaseFrom: number;
}

/** Counters of a line item's restored spend, money micros rounded up: of the day of `atMs` (UTC), and of its life. */
export function restoredSpendKeys(lineItemId: string, atMs: number): { day: string; total: string } {
  return {
    day: `budget:${lineItemId}:${utcDay(atMs)}:restored`,
    total: `budget:${lineItemId}:total:restored`,
  };
}
