import { LakeError } from '../shared/stores/lake/lake-error';
import type { BatchContext, IngestDeps } from './ingest-batch';
import { isLive, receivedAtOf } from './item';
import { ledgerRows } from './rows/ledger-rows';
import type { TableRows } from './rows/table-rows';

const DETAIL_CHARS = 500;

/**
 * Step: rows → lake, each table under the token of exactly this range. A row that the lake refuses is found by
 * bisection and becomes a dead letter; a lake that cannot answer rejects, and the batch comes again. The ledger
 * is written last, when every outcome is known.
 */
export async function insertRows(context: BatchContext, deps: IngestDeps): Promise<void> {
  for (const table of context.tables) await insertOrBisect(table, tokenOf(table.table, context), deps);
  const ledger = ledgerRows(context);
  if (ledger.rows.length > 0) await insertOrBisect(ledger, tokenOf('ledger', context), deps);
  const nowMs = deps.now();
  for (const item of context.items) {
    if (isLive(item))
      deps.metrics.freshness.observe({ topic: context.topic }, (nowMs - receivedAtOf(item.record)) / 1000);
  }
}

function tokenOf(table: string, { topic, partition, from, to }: BatchContext): string {
  return `${table}:${topic}:${partition}:${from}-${to}`;
}

/** The halves have tokens of their own; the rows being the same, a replay is refused and divided the same way. */
async function insertOrBisect(table: TableRows, token: string, deps: IngestDeps): Promise<void> {
  try {
    const rows = table.rows.map(({ row }) => row);
    await deps.lake.insert({ table: table.table, columns: table.columns, rows, token });
  } catch (error) {
    if (!(error instanceof LakeError) || error.retryable || error.code === 'closed') throw error;
    if (table.rows.length > 1) {
      const middle = Math.ceil(table.rows.length / 2);
      await insertOrBisect({ ...table, rows: table.rows.slice(0, middle) }, `${token}/a`, deps);
      await insertOrBisect({ ...table, rows: table.rows.slice(middle) }, `${token}/b`, deps);
      return;
    }
    const item = table.rows[0]!.item;
    // A row that stands for no single record is ours alone: refusing it means that something is wrong with us.
    if (item === undefined) throw error;
    item.outcome = 'dead_letter';
    item.fault = { reason: 'row_refused', detail: `${error.code}: ${error.message}`.slice(0, DETAIL_CHARS) };
  }
}
