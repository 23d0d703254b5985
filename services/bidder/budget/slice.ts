import type { LineItemSnapshot } from '../../shared/domain/snapshot';
import { budgetTerms, type BudgetTerms } from './budget-keys';
import type { BudgetSlot } from './budget-slot';

/** Largest part of the smaller limit that one process leases at a time. */
const SLICE_PART_MAX = 0.05;
const SLICE_PART_FIRST = 0.01;
/** A spent budget is asked again this often: reservations of other processes come back. */
export const RETRY_MS = 1_000;
/** Lookups that fail are asked ever less often, down to this. */
const RETRY_MAX_MS = 8_000;
/** A slice that lasts between these neither grows nor shrinks. */
const LASTS_MIN_MS = 1_000;
const LASTS_MAX_MS = 10_000;

/** The slice of one line item's budget in this process, and what is needed to lease the next. */
export class Slice implements BudgetSlot {
  readonly lineItemId: string;
  cost = 0;
  unitMicros = 1;
  available = 0;
  dayEnd = 0;
  terms: BudgetTerms = { unitMicros: 1, daily: undefined, total: undefined };
  /** Units to lease next. */
  want = 0;
  /** Of the last lease, epoch ms. */
  leasedAt = 0;
  /** A lease or its return is under way. */
  busy = false;
  /** Epoch ms before which asking again is of no use: the budget was spent, or asking failed. */
  retryAt = 0;
  #failureWaitMs = 0;
  /** Epoch ms of the last reservation. */
  usedAt = 0;

  constructor(lineItem: LineItemSnapshot) {
    this.lineItemId = lineItem.id;
    this.update(lineItem);
    this.want = this.#clamp(Math.floor(this.#limit() * SLICE_PART_FIRST));
  }

  /** Price and limits of a newer catalog. What was leased stays leased. */
  update(lineItem: LineItemSnapshot): void {
    const terms = budgetTerms(lineItem.budget);
    if (terms.daily !== this.terms.daily || terms.total !== this.terms.total) this.retryAt = 0;
    // Leased in a unit that is no longer counted in: that slice is lost, as in a crash.
    if (terms.unitMicros !== this.unitMicros) this.available = 0;
    this.terms = terms;
    this.unitMicros = terms.unitMicros;
    this.cost = Math.max(1, Math.ceil(lineItem.bidCpmMicros / terms.unitMicros));
    this.want = this.#clamp(this.want);
  }

  /** Half a slice is left, or less than two bids: the next is leased before this one is used up. */
  needsLease(nowMs: number): boolean {
    if (!this.mayAsk(nowMs)) return false;
    return this.available < Math.max(this.want / 2, 2 * this.cost) || nowMs >= this.dayEnd;
  }

  /** Nothing is under way, and the counters may have something new to say. */
  mayAsk(nowMs: number): boolean {
    // Further ahead than it is ever set: the clock was set back.
    const isTooEarly = nowMs < this.retryAt && nowMs >= this.retryAt - RETRY_MAX_MS;
    return !this.busy && !isTooEarly;
  }

  succeeded(): void {
    this.#failureWaitMs = 0;
  }

  failed(nowMs: number): void {
    this.#failureWaitMs = Math.min(Math.max(RETRY_MS, 2 * this.#failureWaitMs), RETRY_MAX_MS);
    this.retryAt = nowMs + this.#failureWaitMs;
  }

  /** Leases that last too short grow, those that last long shrink. */
  adapt(nowMs: number): void {
    if (this.leasedAt === 0) return;
    const lasted = nowMs - this.leasedAt;
    if (lasted < LASTS_MIN_MS) this.want = this.#clamp(this.want * 2);
    else if (lasted > LASTS_MAX_MS) this.want = this.#clamp(Math.floor(this.want / 2));
  }

  #limit(): number {
    return Math.min(this.terms.daily ?? Infinity, this.terms.total ?? Infinity);
  }

  #clamp(want: number): number {
    return Math.max(this.cost, Math.min(want, Math.floor(this.#limit() * SLICE_PART_MAX)));
  }
}
