import type { TraitLeaf } from './leaf';
import { NEVER_SQL, upToNow, windowStart, type Scope } from './scope';
import { allOf, anyOf, sqlText, sqlTime } from './sql';
import { decimalView, testsSql, type Subject } from './subject';

/**
 * A record as a tuple that orders records: the later one, at equal time an unset, then the larger value
 * (absent, then numbers, then text), then the longer ttl. `max` is a person's latest record.
 */
const RECORD =
  '(at, toUInt8(op), multiIf(number IS NOT NULL, 1, text IS NOT NULL, 2, 0), ' +
  "ifNull(number, toDecimal64(0, 6)), ifNull(text, ''), expires_at)";
const OP_SET = 1;

/** Which rows speak of the leaf's trait. */
function whereSql(leaf: TraitLeaf): string {
  const provider = `provider = ${sqlText(leaf.provider)}`;
  if (!leaf.below) return `${provider} AND trait = ${sqlText(leaf.code)}`;
  return `${provider} AND startsWith(trait, ${sqlText(leaf.code)}) AND trait != ${sqlText(leaf.code)}`;
}

/** Whether the latest record makes the trait held. One that lies before the window makes nothing held. */
function holdsSql(leaf: TraitLeaf, latest: string, scope: Scope): string {
  const rank = `${latest}.3`;
  const value: Subject = {
    present: `${rank} != 0`,
    number: decimalView(`${rank} = 1`, `${latest}.4`),
    text: { is: `${rank} = 2`, value: `${latest}.5`, emptyIsAbsent: false },
  };
  return allOf([
    `${latest}.2 = ${OP_SET}`,
    `${latest}.6 > ${sqlTime(scope.atMs)}`,
    ...(leaf.withinMs === undefined ? [] : [`${latest}.1 > ${sqlTime(scope.atMs - leaf.withinMs)}`]),
    ...testsSql(value, leaf.value),
  ]);
}

/** People who hold the trait; the default is that they do not. */
export function traitExceptions(leaf: TraitLeaf, scope: Scope): string {
  // What lies before the window cannot make the trait held, so it need not be read.
  const rows = allOf([whereSql(leaf), upToNow(scope), ...windowStart(scope, leaf.withinMs)]);
  return (
    `SELECT uid FROM (SELECT ${scope.uid} AS uid, max(${RECORD}) AS latest ` +
    `FROM ${scope.database}.trait_rows WHERE ${rows} GROUP BY uid${leaf.below ? ', trait' : ''}) ` +
    `WHERE ${holdsSql(leaf, 'latest', scope)}`
  );
}

/** As `eventStates`, for any trait leaves. */
export function traitStates(leaves: readonly TraitLeaf[], scope: Scope): string {
  const wanted = anyOf(leaves.map(whereSql));
  const longest = Math.max(...leaves.map((leaf) => leaf.withinMs ?? Infinity));
  const rows = allOf([
    wanted,
    ...(scope.people === undefined ? [] : [scope.people]),
    ...(longest === Infinity ? [] : windowStart(scope, longest)),
  ]);
  const columns = leaves.flatMap((leaf, index) => {
    const mine = whereSql(leaf);
    const holds = allOf([mine, holdsSql(leaf, 'latest', scope)]);
    const expires = 'toUnixTimestamp64Milli(latest.6)';
    const ends =
      leaf.withinMs === undefined
        ? expires
        : `least(${expires}, toUnixTimestamp64Milli(latest.1) + ${leaf.withinMs})`;
    return [
      `maxIf(${ends}, ${holds}) AS ends_${index}`,
      `minIf(next, next > 0 AND ${mine}) AS next_${index}`,
    ];
  });
  const states = leaves.map((_, index) => {
    const [ends, next] = [`ends_${index}`, `next_${index}`];
    const until = `if(${ends} > 0, ${ends}, ${NEVER_SQL})`;
    return `toFloat64(if(${ends} > 0, 1, -1) * if(${next} = 0, ${until}, least(${until}, ${next})))`;
  });
  return (
    `SELECT uid, [${states.join(', ')}] AS states FROM (SELECT uid, ${columns.join(', ')} FROM (` +
    `SELECT ${scope.uid} AS uid, provider, trait, maxIf(${RECORD}, ${upToNow(scope)}) AS latest, ` +
    `minIf(toUnixTimestamp64Milli(at), at > ${sqlTime(scope.atMs)}) AS next ` +
    `FROM ${scope.database}.trait_rows WHERE ${rows} GROUP BY uid, provider, trait) GROUP BY uid)`
  );
}
