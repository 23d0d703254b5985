import type { BatchContext } from './batch-context';
import { isLive, type LiveItem } from './item';
import { BID_COLUMNS, bidRow, REQUEST_COLUMNS, requestRow } from './rows/bid-rows';
import { consentRows } from './rows/consent-rows';
import { DEAD_LETTER_COLUMNS, deadLetterRow } from './rows/dead-letter-rows';
import { EVENT_COLUMNS, eventRow } from './rows/event-rows';
import { identityRows } from './rows/identity-rows';
import { NOTICE_COLUMNS, noticeRow } from './rows/notice-rows';
import type { TableRows } from './rows/table-rows';
import { TRAIT_COLUMNS, traitRow } from './rows/trait-rows';

/** Step: records → rows, from the records and the numbers alone, so that a replay makes the same. */
export function buildRows(context: BatchContext): void {
  const tables = new Map<string, TableRows>();
  for (const item of context.items) {
    if (!isLive(item)) continue;
    const built = rowOf(item, context);
    if (built === undefined) continue;
    const { row, ...table } = built;
    const rows = tables.get(table.table) ?? { ...table, rows: [] };
    rows.rows.push({ row, item });
    tables.set(table.table, rows);
  }
  // Identities go first: no row may carry a number that the lake itself cannot explain.
  context.tables = [identityRows(context), ...tables.values(), consentRows(context)].filter(
    ({ rows }) => rows.length > 0,
  );
}

function rowOf(item: LiveItem, context: BatchContext) {
  const { record } = item;
  const { partition } = context;
  const { offset } = item.entry;
  const iid = (identity: string): number => context.identities.get(identity)!.iid;
  switch (record.type) {
    case 'event':
      return {
        table: 'event_rows',
        columns: EVENT_COLUMNS,
        row: eventRow(record, iid(record.identities[0]!), partition, offset),
      };
    case 'trait':
      return {
        table: 'trait_rows',
        columns: TRAIT_COLUMNS,
        row: traitRow(record, iid(record.identity), partition, offset),
      };
    case 'bid':
      return { table: 'bids', columns: BID_COLUMNS, row: bidRow(record, partition, offset) };
    case 'request':
      return { table: 'requests', columns: REQUEST_COLUMNS, row: requestRow(record, partition, offset) };
    case 'notice':
      return { table: 'notices', columns: NOTICE_COLUMNS, row: noticeRow(record, partition, offset) };
    case 'dead-letter':
      return {
        table: 'dead_letters',
        columns: DEAD_LETTER_COLUMNS,
        row: deadLetterRow(record, partition, offset),
      };
    case 'sync':
      // A link: the people writer stores it.
      return undefined;
  }
}
