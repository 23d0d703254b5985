import type { ClaimLookups, CounterLookups } from '../../shared/stores/lookups/lookups';
import {
  HOLD_MS,
  SETTLED_BY as BY,
  SETTLED_CLAIM_MS,
  SETTLED_SPACE,
  type RestoredBudgets,
} from '../../shared/domain/restored-budgets';
import type { BidToken } from '../notices/notice-token';
import { budgetKeys } from './budget-keys';

/** Bids billed after their reservation was given back, each counted once. */
const LATE_SPACE = 'bid-billed-late';

const OFFSET_MAX = 2 ** 47;

export interface SettlementOptions {
  counters: CounterLookups;
  claims: ClaimLookups;
  /** As of now: a bill that is booked on counters just lost would be missing in them for ever. */
  restored: () => Promise<RestoredBudgets>;
  now: () => number;
}

/**
 * Books notices on the budget's counters, whichever process made the bid. The counter holds a bid's whole
 * reservation already; a bill below the bid gives the difference back, a loss all of it, and a bill after
 * the reservation ended takes it again. Each happens once per bid. A bid from before the counters were lost and
 * restored has no reservation there: its bill counts in full.
 *
 * What fails on the way never lets more be spent: giving back is claimed first, so that a repetition gives nothing back
 * twice, and a charge is claimed last, so that a repetition makes up for it.
 */
export class Settlement {
  readonly #options: SettlementOptions;

  constructor(options: SettlementOptions) {
    this.#options = options;
  }

  /** `paidMicros`: clearing price, CPM micros of the bid's currency; undefined: the bid's own. */
  async bill(bid: BidToken, paidMicros: number | undefined): Promise<void> {
    if (bid.reserved === 0) return;
    const paid = paidUnits(bid, paidMicros);
    if (bid.at < (await this.#options.restored()).restoredAt) return this.#charge(SETTLED_SPACE, bid, paid);
    const isLate = this.#options.now() >= bid.at + HOLD_MS;
    const settled = isLate ? await this.#settledBy(bid) : await this.#claim(SETTLED_SPACE, bid, BY.bill);
    if (settled === 'won') await this.#add(bid, paid - bid.reserved);
    // Its reservation ended, or was given back when it was said to be lost: the later word costs money, so it counts.
    else if (settled === 'nobody' || settled === BY.loss) await this.#charge(LATE_SPACE, bid, paid);
  }

  async lose(bid: BidToken): Promise<void> {
    if (bid.reserved === 0 || this.#options.now() >= bid.at + HOLD_MS) return;
    if (bid.at < (await this.#options.restored()).restoredAt) return;
    if ((await this.#claim(SETTLED_SPACE, bid, BY.loss)) === 'won') await this.#add(bid, -bid.reserved);
  }

  /** Counts what no reservation holds. Killed between the two, a repetition counts it twice rather than never. */
  async #charge(space: string, bid: BidToken, amount: number): Promise<void> {
    if (await this.#isClaimed(space, bid)) return;
    await this.#add(bid, amount);
    // Counted by another meanwhile.
    if ((await this.#claim(space, bid, BY.bill)) !== 'won') await this.#add(bid, -amount);
  }

  /** By what the bid was settled while its reservation held. */
  async #settledBy(bid: BidToken): Promise<'won' | 'nobody' | number> {
    if (!(await this.#isClaimed(SETTLED_SPACE, bid))) return 'nobody';
    // Held already: this takes nothing, and tells the holder.
    return this.#claim(SETTLED_SPACE, bid, BY.bill);
  }

  async #isClaimed(space: string, { bidId }: BidToken): Promise<boolean> {
    const [isClaimed = false] = await this.#options.claims.has(space, [bidId], this.#options.now());
    return isClaimed;
  }

  /** `won`, or what the holder of the claim was. */
  async #claim(space: string, { bidId, at }: BidToken, by: number): Promise<'won' | number> {
    const position = { partition: by, offset: Math.floor(Math.random() * OFFSET_MAX) };
    const claims = [{ key: bidId, position, expiresAt: at + SETTLED_CLAIM_MS }];
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

/**
 * What a bill costs the budget, in the bid's units; without a price, all that was reserved. Rounded up: what was paid is
 * never counted as less.
 */
export function paidUnits({ reserved, priceMicros }: BidToken, paidMicros: number | undefined): number {
  if (paidMicros === undefined) return reserved;
  return Math.min(reserved, Math.ceil((reserved * paidMicros) / priceMicros));
}
