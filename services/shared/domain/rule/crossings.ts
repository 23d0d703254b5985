import type { EventLeaf, Leaf, TraitLeaf } from './leaf';
import { allOf, sqlDatabase, sqlText, sqlTime } from './sql';
import { traitsWhere } from './trait-sql';

export interface CrossingsOptions {
  leaves: readonly Leaf[];
  database: string;
  /** Exclusive, epoch ms. */
  from: number;
  /** Inclusive, epoch ms. */
  to: number;
  /**
   * Rows that became due count although they were not dated ahead: somebody may have been evaluated as of a moment before
   * them when they were there already.
   * @default false
   */
  unseen?: boolean;
}

/**
 * For whom time alone may have changed a leaf at a T with from < T ≤ to: events and trait records that left a
 * window (at + within), ttls that ran out, and rows dated ahead (or all, where `unseen`) that came of age. Rows (iid, event, trait):
 * `event` is the type or '', `trait` the `<provider>/<code>` or ''. Each row once, in no order.
 */
export function crossingsSql({
  leaves,
  database,
  from,
  to,
  unseen = false,
}: CrossingsOptions): string | undefined {
  const events = leaves.filter((leaf) => leaf.kind === 'event');
  const traits = leaves.filter((leaf) => leaf.kind === 'trait');
  const db = sqlDatabase(database);
  const between = (column: string, earlierMs: number): string =>
    `${column} > ${sqlTime(from - earlierMs)} AND ${column} <= ${sqlTime(to - earlierMs)}`;
  const due = unseen ? between('at', 0) : `${between('at', 0)} AND received_at < at`;
  const parts: string[] = [];

  const eventPart = (types: readonly EventLeaf[], condition: string): void => {
    const names = [...new Set(types.map((leaf) => leaf.type))].map(sqlText);
    parts.push(
      `SELECT iid, toString(type) AS event_type, '' AS trait_name FROM ${db}.event_rows ` +
        `WHERE type IN (${names.join(', ')}) AND ${condition}`,
    );
  };
  const traitPart = (of: readonly TraitLeaf[], condition: string): void => {
    parts.push(
      `SELECT iid, '' AS event_type, concat(provider, '/', trait) AS trait_name FROM ${db}.trait_rows ` +
        `WHERE ${allOf([traitsWhere(of), condition])}`,
    );
  };

  for (const [withinMs, same] of byWindow(events)) eventPart(same, between('at', withinMs));
  if (events.length > 0) eventPart(events, due);
  for (const [withinMs, same] of byWindow(traits)) traitPart(same, between('at', withinMs));
  if (traits.length > 0) {
    traitPart(traits, between('expires_at', 0));
    traitPart(traits, due);
  }
  if (parts.length === 0) return undefined;
  // Renamed out here: an alias `trait` beside the column would be what the inner conditions mean.
  return `SELECT DISTINCT toFloat64(iid) AS iid, event_type AS event, trait_name AS trait FROM (\n${parts.join('\nUNION ALL\n')}\n)`;
}

function byWindow<L extends EventLeaf | TraitLeaf>(leaves: readonly L[]): Map<number, L[]> {
  const windows = new Map<number, L[]>();
  for (const leaf of leaves) {
    if (leaf.withinMs === undefined) continue;
    const same = windows.get(leaf.withinMs);
    if (same === undefined) windows.set(leaf.withinMs, [leaf]);
    else same.push(leaf);
  }
  return windows;
}
