/** What a line item may spend in this process without asking: its part of a budget that all bidders share. */
export interface BudgetSlot {
  lineItemId: string;
  /** What one bid reserves, in `unitMicros`. */
  cost: number;
  /** CPM micros that one unit of the counters stands for. */
  unitMicros: number;
  /** Units that may be spent before `dayEnd`. */
  available: number;
  /** Epoch ms at which the day of the lease ends (UTC). */
  dayEnd: number;
}

/** Whether one more bid fits. A slice of yesterday is no slice. */
export function canReserve(slot: BudgetSlot, nowMs: number): boolean {
  return slot.available >= slot.cost && nowMs < slot.dayEnd;
}
