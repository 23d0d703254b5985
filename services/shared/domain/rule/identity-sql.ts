import type { IdentityLeaf } from './leaf';
import type { State } from './evaluate';
import type { Scope } from './scope';
import { allOf, sqlText } from './sql';

export function identityExceptions(leaf: IdentityLeaf, scope: Scope): string {
  return `SELECT ${scope.uid} AS uid FROM ${scope.database}.identity_rows WHERE kind = ${sqlText(leaf.identity)}`;
}

/** What identity leaves need to know of the people of the scope: rows (uid, kinds). */
export function identityFactsSql(leaves: readonly IdentityLeaf[], scope: Scope): string {
  const kinds = leaves.map((leaf) => sqlText(leaf.identity));
  const rows = allOf([
    `kind IN (${kinds.join(', ')})`,
    ...(scope.people === undefined ? [] : [scope.people]),
  ]);
  return (
    `SELECT ${scope.uid} AS uid, groupUniqArray(kind) AS kinds ` +
    `FROM ${scope.database}.identity_rows WHERE ${rows} GROUP BY uid`
  );
}

export interface IdentityFactsRow {
  uid: number | string;
  kinds: string[];
}

/** An identity, once there, stays. */
export function identityState(leaf: IdentityLeaf, row: IdentityFactsRow): State {
  return { holds: row.kinds.includes(leaf.identity), until: Infinity };
}
