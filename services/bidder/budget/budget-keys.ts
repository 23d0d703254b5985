import type { CounterLookups } from '../../shared/stores/lookups/lookups';
import { restoredSpendKeys } from '../../shared/domain/restored-budgets';
import { utcDay } from '../../shared/domain/utc-day';

/** Money micros → CPM micros of one impression: budgets are counted in these, so that they stay integers. */
const CPM_PER_MONEY = 1_000;
/** Beyond this, CPM micros of a limit are no safe integers, and a unit is worth a thousand of them. */
const FINE_LIMIT_MAX = Number.MAX_SAFE_INTEGER / 4;
const COARSE = 1_000;

/** How one budget is counted: what a unit is worth, and its limits in units; undefined: none. */
export interface BudgetTerms {
  unitMicros: number;
  daily: number | undefined;
  total: number | undefined;
}

export function budgetTerms(budget: { dailyMicros?: number; totalMicros?: number }): BudgetTerms {
  const largest = Math.max(budget.dailyMicros ?? 0, budget.totalMicros ?? 0) * CPM_PER_MONEY;
  const unitMicros = largest > FINE_LIMIT_MAX ? COARSE : 1;
  const inUnits = (micros: number | undefined): number | undefined =>
    micros === undefined ? undefined : Math.floor((micros * CPM_PER_MONEY) / unitMicros);
  return { unitMicros, daily: inUnits(budget.dailyMicros), total: inUnits(budget.totalMicros) };
}

/** Counters of a line item: that of the day of `atMs` (UTC), and that of its whole life. */
export interface BudgetKeys {
  day: string;
  total: string;
}

/** Each unit has counters of its own. */
export function budgetKeys(lineItemId: string, atMs: number, unitMicros: number): BudgetKeys {
  const suffix = unitMicros === 1 ? '' : `:x${unitMicros}`;
  return {
    day: `budget:${lineItemId}:${utcDay(atMs)}${suffix}`,
    total: `budget:${lineItemId}:total${suffix}`,
  };
}

/**
 * Spent besides what the counters of this unit say, in units of `unitMicros`: in the other unit, before a budget grew or
 * shrank past the border, and before the lookups were lost.
 */
export async function spentElsewhere(
  counters: CounterLookups,
  lineItemId: string,
  atMs: number,
  unitMicros: number,
): Promise<{ day: number; total: number }> {
  const other = unitMicros === 1 ? COARSE : 1;
  const keys = budgetKeys(lineItemId, atMs, other);
  const restored = restoredSpendKeys(lineItemId, atMs);
  const [day = 0, total = 0, dayBefore = 0, totalBefore = 0] = await counters.get([
    keys.day, keys.total, restored.day, restored.total,
  ]); // prettier-ignore
  const convert = (units: number, moneyMicros: number): number =>
    Math.ceil((units * other) / unitMicros) + Math.ceil((moneyMicros * CPM_PER_MONEY) / unitMicros);
  return { day: convert(day, dayBefore), total: convert(total, totalBefore) };
}
