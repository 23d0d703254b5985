import type { DropReason } from '../../shared/domain/reasons';
import type { BatchContext } from '../batch-context';
import type { TableRows } from './table-rows';

/** Accepted = rows + duplicates + named drops: what became of the records of this range. */
export function ledgerRows(context: BatchContext): TableRows {
  const counts = new Map<DropReason | 'stored', number>();
  for (const item of context.items) {
    const outcome = item.outcome ?? 'stored';
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  const { topic, partition, from, to } = context;
  return {
    table: 'ledger',
    columns: ['topic', 'partition', 'from_offset', 'to_offset', 'outcome', 'count'],
    rows: [...counts].map(([outcome, count]) => ({
      row: [topic, partition, from, to, outcome, count],
      item: undefined,
    })),
  };
}
