import type { IdentityLeaf } from './leaf';
import { NEVER_SQL, type Scope } from './scope';
import { allOf, sqlText } from './sql';

export function identityExceptions(leaf: IdentityLeaf, scope: Scope): string {
  return `SELECT ${scope.uid} AS uid FROM ${scope.database}.identity_rows WHERE kind = ${sqlText(leaf.identity)}`;
}

/** As `eventStates`, for any identity leaves. An identity, once there, stays. */
export function identityStates(leaves: readonly IdentityLeaf[], scope: Scope): string {
  const kinds = leaves.map((leaf) => sqlText(leaf.identity));
  const states = kinds.map((kind) => `toFloat64(if(has(kinds, ${kind}), 1, -1) * ${NEVER_SQL})`);
  const rows = allOf([
    ...(scope.people === undefined ? [] : [scope.people]),
    `kind IN (${kinds.join(', ')})`,
  ]);
  return (
    `SELECT uid, [${states.join(', ')}] AS states FROM (SELECT ${scope.uid} AS uid, groupUniqArray(kind) AS kinds ` +
    `FROM ${scope.database}.identity_rows WHERE ${rows} GROUP BY uid)`
  );
}
