import type { Logger } from 'pino';
import type { LineItemSnapshot } from '../../shared/domain/snapshot';
import type { ClaimLookups, CounterLookups } from '../../shared/stores/lookups/lookups';
import {
  GRACE_MS,
  HOLD_MS,
  NOTICE_MAX_AGE_MS,
  SETTLED_SPACE,
  type RestoredBudgets,
} from '../../shared/domain/restored-budgets';
import { endOfUtcDay } from '../../shared/domain/utc-day';
import { budgetKeys, spentElsewhere } from './budget-keys';
import type { BudgetSlot } from './budget-slot';
import { bidId, Reservations, type Reservation } from './reservations';
import { RETRY_MS, Slice } from './slice';

const TICK_MS = 50;
/** How often it is asked whether the counters are still those that the slices were leased from. */
const LOOK_MS = 500;
/** Slices nobody used for so long are given back but for these bids. */
const IDLE_MS = 30_000;
const IDLE_BIDS = 2;
const EXPIRIES_PER_TICK = 2_000;
/** Failures are told this often, however many there are. */
const REPORT_MS = 10_000;

export interface BudgetLeaserOptions {
  counters: CounterLookups;
  claims: ClaimLookups;
  /** Since when the counters are there, as of now. */
  restored: () => Promise<RestoredBudgets>;
  /** Of the ids of this process's bids. */
  idPrefix: string;
  now: () => number;
  logger: Logger;
}

/**
 * Leases slices of the line items' budgets in the background, so that a bid reserves without asking anybody.
 * Spend never passes a budget by more than the open leases: a unit is counted before it can be reserved, and
 * what is given back was neither spent nor can be any more. Counters that were lost take their leases with them: slices are
 * let go, and nothing of them is given back to the counters that came after.
 */
export class BudgetLeaser {
  readonly #options: BudgetLeaserOptions;
  readonly #slices = new Map<string, Slice>();
  readonly #reservations = new Reservations();
  /** Work under way, waited for by `close`. */
  readonly #pending = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #restoredAt = 0;
  #lookedAt = 0;
  #isExpiring = false;
  /** Since the last report. */
  #failures = 0;
  #reportedAt = -Infinity;
  #isClosed = false;

  constructor(options: BudgetLeaserOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.tick(), TICK_MS);
    this.#timer.unref();
  }

  /** Follows a newer catalog; first leases start at once, so that a new line item bids within moments. */
  update(lineItems: readonly LineItemSnapshot[]): void {
    const gone = new Set(this.#slices.keys());
    for (const lineItem of lineItems) {
      const { dailyMicros, totalMicros } = lineItem.budget;
      if (dailyMicros === undefined && totalMicros === undefined) continue;
      gone.delete(lineItem.id);
      const slice = this.#slices.get(lineItem.id);
      if (slice === undefined) this.#slices.set(lineItem.id, new Slice(lineItem));
      else slice.update(lineItem);
    }
    for (const id of gone) {
      const slice = this.#slices.get(id)!;
      this.#slices.delete(id);
      this.#run(this.#giveBack(slice, slice.available));
    }
    this.tick();
  }

  slot(lineItemId: string): BudgetSlot | undefined {
    return this.#slices.get(lineItemId);
  }

  /** Takes one bid's cost from the slice; `canReserve` was true a moment ago. */
  reserve(slot: BudgetSlot, sequence: number, nowMs: number): void {
    slot.available -= slot.cost;
    const { lineItemId, cost, unitMicros } = slot;
    const { idPrefix } = this.#options;
    this.#reservations.push({ idPrefix, sequence, lineItemId, cost, unitMicros, at: nowMs });
    const slice = this.#slices.get(lineItemId);
    if (slice === undefined) return;
    slice.usedAt = nowMs;
    // Not awaited by the bid: the lease starts behind the answer.
    if (slice.needsLease(nowMs)) this.#attempt(slice, this.#lease(slice));
  }

  /**
   * Takes over what other processes left when they were closed, oldest first. What was reserved here before ends before it
   * does, so it may be given back some minutes late.
   */
  adopt(reservations: readonly Reservation[]): void {
    for (const reservation of reservations) this.#reservations.push(reservation);
  }

  /** Reservations that wait for a notice or their end. */
  get openReservations(): number {
    return this.#reservations.size;
  }

  /** Leases, gives back and expires what is due. Runs by itself after `start`. */
  tick(): void {
    if (this.#isClosed) return;
    const now = this.#options.now();
    if (now - this.#lookedAt >= LOOK_MS) {
      this.#lookedAt = now;
      this.#run(this.#look().then(() => undefined));
    }
    for (const slice of this.#slices.values()) {
      if (slice.needsLease(now)) this.#attempt(slice, this.#lease(slice));
      else if (
        slice.mayAsk(now) &&
        slice.available > IDLE_BIDS * slice.cost &&
        now - Math.max(slice.usedAt, slice.leasedAt) > IDLE_MS
      ) {
        slice.want = slice.cost;
        this.#attempt(slice, this.#giveBack(slice, slice.available - IDLE_BIDS * slice.cost));
      }
    }
    this.#expire(now);
  }

  /** Waits for what is under way and gives back what was leased and not reserved; answers what is reserved. */
  async close(): Promise<Reservation[]> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    while (this.#pending.size > 0) await Promise.all(this.#pending);
    for (const slice of this.#slices.values()) this.#run(this.#giveBack(slice, slice.available));
    while (this.#pending.size > 0) await Promise.all(this.#pending);
    return this.#reservations.oldest(Infinity, Infinity);
  }

  /** One at a time for each slice, and none at once after a failure. */
  #attempt(slice: Slice, work: Promise<void>): void {
    slice.busy = true;
    const attempt = async (): Promise<void> => {
      try {
        await work;
        slice.succeeded();
      } catch (error) {
        slice.failed(this.#options.now());
        throw error;
      } finally {
        slice.busy = false;
      }
    };
    this.#run(attempt());
  }

  async #lease(slice: Slice): Promise<void> {
    const { counters, now } = this.#options;
    const { restoredAt, leaseFrom } = await this.#look();
    const at = now();
    if (at < leaseFrom) {
      slice.retryAt = at + RETRY_MS;
      return;
    }
    // Yesterday's rest belongs to yesterday's counter.
    if (slice.dayEnd !== 0 && at >= slice.dayEnd) await this.#giveBack(slice, slice.available);
    slice.adapt(at);
    const { unitMicros, want, lineItemId, terms } = slice;
    const keys = budgetKeys(lineItemId, at, unitMicros);
    const before = await spentElsewhere(counters, lineItemId, at, unitMicros);
    const ofDay = await this.#count(keys.day, want, terms.daily, before.day);
    let granted = 0;
    try {
      granted = await this.#count(keys.total, ofDay, terms.total, before.total);
    } finally {
      // Also where the total could not be asked: the budget of the day would run dry by tries alone.
      if (granted < ofDay) await counters.add(keys.day, granted - ofDay);
    }

    // Lost in between: what was granted is of those counters, and counts as spent where they are these.
    if (this.#restoredAt !== restoredAt) return;
    const isStale = this.#slices.get(lineItemId) !== slice || slice.unitMicros !== unitMicros;
    if (isStale || slice.available + granted < slice.cost) {
      await this.#addBoth(keys, -granted);
      slice.retryAt = now() + RETRY_MS;
      return;
    }
    slice.available += granted;
    slice.dayEnd = endOfUtcDay(at);
    slice.leasedAt = at;
    // Less than asked for: that was the last of it, for now.
    if (granted < want) slice.retryAt = now() + RETRY_MS;
  }

  /** Counts up to `want`, as far as a limit allows beside what was spent elsewhere; answers how much. */
  async #count(key: string, want: number, limit: number | undefined, elsewhere: number): Promise<number> {
    const { counters } = this.#options;
    if (limit !== undefined) return counters.lease(key, want, limit - elsewhere);
    await counters.add(key, want);
    return want;
  }

  /** What was leased from counters that are no more is leased no more. */
  async #look(): Promise<RestoredBudgets> {
    const restored = await this.#options.restored();
    if (restored.restoredAt !== this.#restoredAt) {
      this.#restoredAt = restored.restoredAt;
      for (const slice of this.#slices.values())
        if (slice.leasedAt < restored.restoredAt) slice.available = 0;
      if (this.#slices.size > 0) this.#options.logger.warn({ ...restored }, 'budgets are leased anew');
    }
    return restored;
  }

  #expire(now: number): void {
    if (this.#isExpiring) return;
    const due = this.#reservations.oldest(now - HOLD_MS - GRACE_MS, EXPIRIES_PER_TICK);
    if (due.length === 0) return;
    this.#isExpiring = true;
    this.#run(
      this.#release(due, now).finally(() => {
        this.#isExpiring = false;
      }),
    );
  }

  /**
   * Gives back what was not billed; of a failure nothing is forgotten, it is tried again. Of what is so old that its bill
   * may be remembered no more, nobody knows: it stays counted as spent.
   */
  async #release(due: readonly Reservation[], now: number): Promise<void> {
    await this.#look();
    const ids = due.map(({ idPrefix, sequence }) => bidId(idPrefix, sequence));
    const settled = await this.#options.claims.has(SETTLED_SPACE, ids, now);
    this.#reservations.drop(due.length);
    const sums = new Map<string, number>();
    due.forEach(({ lineItemId, unitMicros, at, cost }, i) => {
      if (settled[i] === true || at < this.#restoredAt || at < now - NOTICE_MAX_AGE_MS) return;
      const { day, total } = budgetKeys(lineItemId, at, unitMicros);
      for (const key of [day, total]) sums.set(key, (sums.get(key) ?? 0) + cost);
    });
    await Promise.all([...sums].map(([key, sum]) => this.#options.counters.add(key, -sum)));
  }

  async #giveBack(slice: Slice, amount: number): Promise<void> {
    if (amount <= 0) return;
    const { restoredAt } = await this.#look();
    if (slice.leasedAt < restoredAt) {
      slice.available = 0;
      return;
    }
    slice.available -= amount;
    await this.#addBoth(budgetKeys(slice.lineItemId, slice.dayEnd - 1, slice.unitMicros), -amount);
  }

  async #addBoth({ day, total }: { day: string; total: string }, amount: number): Promise<void> {
    if (amount === 0) return;
    await Promise.all([this.#options.counters.add(day, amount), this.#options.counters.add(total, amount)]);
  }

  #run(work: Promise<void>): void {
    const settled = work.catch((error: unknown) => this.#report(error));
    this.#pending.add(settled);
    void settled.finally(() => this.#pending.delete(settled));
  }

  #report(error: unknown): void {
    this.#failures += 1;
    const now = this.#options.now();
    if (Math.abs(now - this.#reportedAt) < REPORT_MS) return;
    const failures = this.#failures;
    this.#options.logger.error({ err: error, failures }, 'budget could not be leased or given back');
    this.#reportedAt = now;
    this.#failures = 0;
  }
}
