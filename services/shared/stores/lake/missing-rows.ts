import { quoteName } from './bind';
import type { InsertOptions, Row } from './insert-statements';
import { LakeError } from './lake-error';

type KeyOptions = Pick<InsertOptions, 'table' | 'columns' | 'rows'> & { key: readonly string[] };

/**
 * The keys that the table has within the numeric bounds of the rows' own keys, as text: bounded by the size of a
 * batch when the key holds an offset of the log.
 */
export function presentKeysSql({ table, columns, rows, key }: KeyOptions): string {
  const bounds = key.flatMap((column) => {
    const values = rows
      .map((row) => row[columns.indexOf(column)])
      .filter((value) => typeof value === 'number');
    if (values.length < rows.length) return [];
    const low = values.reduce((a, b) => Math.min(a, b));
    const high = values.reduce((a, b) => Math.max(a, b));
    return [`${quoteName(column)} BETWEEN ${low} AND ${high}`];
  });
  if (bounds.length === 0) {
    throw new LakeError({
      code: 'invalid',
      message: `no number among ${key.join(', ')} of ${table}: the whole table would be read`,
    });
  }
  const texts = key.map((column) => `toString(${quoteName(column)})`);
  return `SELECT DISTINCT [${texts.join(', ')}] AS key FROM ${quoteName(table)} WHERE ${bounds.join(' AND ')}`;
}

/** The rows without those whose key is present. */
export function missingRows(
  { columns, rows, key }: KeyOptions,
  present: readonly { key: string[] }[],
): Row[] {
  const known = new Set(present.map((row) => JSON.stringify(row.key)));
  const places = key.map((column) => columns.indexOf(column));
  return rows.filter((row) => !known.has(JSON.stringify(places.map((place) => String(row[place])))));
}
