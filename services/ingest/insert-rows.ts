import { LakeError } from '../shared/stores/lake/lake-error';
import type { BatchContext, IngestDeps } from './batch-context';
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
  const replay = context.replayOf !== undefined;
  for (const table of context.tables)
    await insertOrBisect(table, tokenOf(table.table, context), deps, replay);
  const ledger = ledgerRows(context);
  if (ledger.rows.length > 0) await insertOrBisect(ledger, tokenOf('ledger', context), deps, replay);
  const nowMs = deps.now();
  for (const item of context.items) {
    if (isLive(item))
      deps.metrics.freshness.observe({ topic: context.topic }, (nowMs - receivedAtOf(item.record)) / 1000);
  }
}

function tokenOf(table: string, { topic, partition, from, to }: BatchContext): string {
  return `${table}:${topic}:${partition}:${from}-${to}`;
}

/**
 * What names a row in tables that keep every row they are given; the others keep one of equal rows anyway. After a
 * crash the token alone is not enough: see the lake's `replayKey`.
 */
function replayKeyOf(columns: readonly string[]): readonly string[] | undefined {
  const keys = [
    ['partition', 'offset'],
    ['topic', 'partition', 'from_offset', 'outcome'],
  ];
  return keys.find((key) => key.every((column) => columns.includes(column)));
}

/** The halves have tokens of their own; the rows being the same, a replay is refused and divided the same way. */
async function insertOrBisect(
  table: TableRows,
  token: string,
  deps: IngestDeps,
  replay: boolean,
): Promise<void> {
  try {
    const rows = table.rows.map(({ row }) => row);
    const replayKey = replay ? replayKeyOf(table.columns) : undefined;
    await deps.lake.insert({ table: table.table, columns: table.columns, rows, token, replayKey });
  } catch (error) {
    if (!(error instanceof LakeError) || error.retryable || error.code === 'closed') throw error;
    if (table.rows.length > 1) {
      const middle = Math.ceil(table.rows.length / 2);
      await insertOrBisect({ ...table, rows: table.rows.slice(0, middle) }, `${token}/a`, deps, replay);
      await insertOrBisect({ ...table, rows: table.rows.slice(middle) }, `${token}/b`, deps, replay);
      return;
    }
    const item = table.rows[0]!.item;
    // A row that stands for no single record is ours alone: refusing it means that something is wrong with us.
    if (item === undefined) throw error;
    item.outcome = 'dead_letter';
    item.fault = { reason: 'row_refused', detail: `${error.code}: ${error.message}`.slice(0, DETAIL_CHARS) };
  }
}
