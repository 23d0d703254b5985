import { quoteName, quoteText } from './bind';
import { LakeError } from './lake-error';

/** A cell as it travels in JSON: times as epoch units of the column's scale, decimals as text. */
export type Cell = string | number | boolean | null | readonly Cell[];
export type Row = readonly Cell[];

export interface InsertOptions {
  table: string;
  columns: readonly string[];
  /** Cells in the order of `columns`. */
  rows: readonly Row[];
  /**
   * Names these rows for ever, e.g. `events:3:1000-2000` for an exact range of the log. Rows under a token
   * that the table has seen are dropped silently: the same token must always mean the same rows.
   */
  token: string;
  /**
   * For a replay after a crash: columns that together name a row, numbers or text, at least one a number. Rows whose
   * key the table has are left out. A token alone leaves a gap of microseconds: ClickHouse commits a part and
   * writes down its token in two steps, and kill -9 may fall between them.
   */
  replayKey?: readonly string[];
}

/** Rows of one statement: one block in the engine, so that a replay makes the same parts. */
const MAX_ROWS = 50_000;
const MAX_CHARS = 16_000_000;

/** Months in one insert; 400 days of data are 15. Beyond it the engine refuses the insert. */
const MAX_PARTITIONS = 1_000;

/**
 * The INSERT statements for the rows: one, or several of bounded size with tokens of their own. The token
 * stands in the SQL text: as a client setting chDB would keep it, and every later insert without a token
 * would vanish with success.
 */
export function* insertStatements(options: InsertOptions): Generator<string> {
  const { table, columns, rows, token } = options;
  if (token === '')
    throw new LakeError({ code: 'invalid', message: `an insert into ${table} needs a token` });
  let lines: string[] = [];
  let chars = 0;
  let part = 0;
  const statement = (): string => {
    const settings =
      `insert_deduplication_token = ${quoteText(part === 0 ? token : `${token}#${part}`)}, async_insert = 0, ` +
      `max_partitions_per_insert_block = ${MAX_PARTITIONS}`;
    const body = lines.join('\n');
    part += 1;
    lines = [];
    chars = 0;
    return (
      `INSERT INTO ${quoteName(table)} (${columns.map(quoteName).join(', ')}) SETTINGS ${settings} ` +
      `FORMAT JSONCompactEachRow\n${body}`
    );
  };
  for (const row of rows) {
    if (row.length !== columns.length) {
      throw new LakeError({
        code: 'invalid',
        message: `a row for ${table} has ${row.length} cells, not ${columns.length}`,
      });
    }
    const line = JSON.stringify(row);
    lines.push(line);
    chars += line.length;
    if (lines.length >= MAX_ROWS || chars >= MAX_CHARS) yield statement();
  }
  if (lines.length > 0) yield statement();
}
