import type { ClaimLookups, CounterLookups } from '../../shared/stores/lookups/lookups';
import type { BidToken } from '../notices/notice-token';
import { budgetKeys } from './budget-keys';

/** How long after its bid a billing notice uses the bid's reservation: `bid.exp`, as we told the exchange. */
export const HOLD_MS = 300_000;
/** After that, reservations are given back only so much later: a notice in hand then is still being stored. */
export const GRACE_MS = 30_000;
/** Notices of a bid count for so long; repeats are remembered longer. */
export const NOTICE_MAX_AGE_MS = 7 * 86_400_000;
const CLAIM_MS = NOTICE_MAX_AGE_MS + 86_400_000;

/** Bids whose reservation is used up: billed, or lost and given back. The bidder that reserved looks here. */
export const SETTLED_SPACE = 'bid-settled';
/** Bids billed after their reservation was given back, each counted once. */
const LATE_SPACE = 'bid-billed-late';

/** What holds a settled bid's claim, in the position's `partition`. */
const BY = { bill: 0, loss: 1 } as const;
const OFFSET_MAX = 2 ** 47;

export interface SettlementOptions {
  counters: CounterLookups;
  claims: ClaimLookups;
  now: () => number;
}

/**
 * Books notices on the budget's counters, whichever process made the bid. The counter holds a bid's whole
 * reservation already; a bill below the bid gives the difference back, a loss all of it, and a bill after
 * the reservation ended takes it again. Each happens once per bid.
 */
export class Settlement {
  readonly #options: SettlementOptions;

  constructor(options: SettlementOptions) {
    this.#options = options;
  }

  /** `paidMicros`: clearing price, CPM micros of the bid's currency; undefined: the bid's own. */
  async bill(bid: BidToken, paidMicros: number | undefined): Promise<void> {
    if (bid.reserved === 0) return;
    const paid = paidMicros === undefined ? bid.reserved : paidPart(bid, paidMicros);
    const isLate = this.#options.now() >= bid.at + HOLD_MS;
    if (isLate) {
      const [settled] = await this.#options.claims.has(SETTLED_SPACE, [bid.bidId], this.#options.now());
      if (settled !== true && (await this.#claim(LATE_SPACE, bid, BY.bill)) === 'won')
        await this.#add(bid, paid);
      return;
    }
    const claim = await this.#claim(SETTLED_SPACE, bid, BY.bill);
    if (claim === 'won') await this.#add(bid, paid - bid.reserved);
    // Said to be lost before, and given back then: the later word costs money, so it counts.
    else if (claim === BY.loss && (await this.#claim(LATE_SPACE, bid, BY.bill)) === 'won')
      await this.#add(bid, paid);
  }

  async lose(bid: BidToken): Promise<void> {
    if (bid.reserved === 0 || this.#options.now() >= bid.at + HOLD_MS) return;
    if ((await this.#claim(SETTLED_SPACE, bid, BY.loss)) === 'won') await this.#add(bid, -bid.reserved);
  }

  /** `won`, or what the holder of the claim was. */
  async #claim(space: string, { bidId, at }: BidToken, by: number): Promise<'won' | number> {
    const position = { partition: by, offset: Math.floor(Math.random() * OFFSET_MAX) };
    const claims = [{ key: bidId, position, expiresAt: at + CLAIM_MS }];
    const [holder] = await this.#options.claims.claim(space, claims, this.#options.now());
    return holder?.partition === by && holder.offset === position.offset ? 'won' : holder!.partition;
  }

  async #add({ lineItemId, at, unitMicros }: BidToken, amount: number): Promise<void> {
    if (amount === 0) return;
    const keys = budgetKeys(lineItemId, at, unitMicros);
    await Promise.all([
      this.#options.counters.add(keys.day, amount),
      this.#options.counters.add(keys.total, amount),
    ]);
  }
}

/** Rounded up: what was paid is never counted as less. */
function paidPart({ reserved, priceMicros }: BidToken, paidMicros: number): number {
  return Math.min(reserved, Math.ceil((reserved * paidMicros) / priceMicros));
}
