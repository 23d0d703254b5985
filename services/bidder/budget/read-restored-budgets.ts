import { RESTORED_BUDGETS, type RestoredBudgets } from '../../shared/domain/restored-budgets';
import type { Lookups } from '../../shared/stores/lookups/lookups';

/** Nothing that was ever bid is in any counter, and nothing may be leased. */
const LOST: RestoredBudgets = { restoredAt: Infinity, leaseFrom: Infinity };
/** Never lost: lookups that were filled before anybody wrote down since when. */
const ALWAYS: RestoredBudgets = { restoredAt: 0, leaseFrom: 0 };

/** Since when the counters of LOOKUPS are there. Lookups without an epoch were lost, or not filled yet. */
export async function readRestoredBudgets(
  lookups: Pick<Lookups, 'epoch' | 'documents'>,
): Promise<RestoredBudgets> {
  const [epoch, document] = await Promise.all([lookups.epoch(), lookups.documents.get(RESTORED_BUDGETS)]);
  if (epoch === undefined) return LOST;
  return document === undefined ? ALWAYS : (JSON.parse(document.body.toString()) as RestoredBudgets);
}
