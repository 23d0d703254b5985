import type { TraitLeaf } from './leaf';
import { upToNow, windowStart, type Scope } from './scope';
import { allOf, sqlText, sqlTime } from './sql';
import { decimalView, testsSql, type Subject } from './subject';

/**
 * A row's place among the records of its trait: the later one wins, at equal time an unset, then the larger
 * value (absent, then numbers, then text), then the longer ttl. `max` of it is the latest record.
 */
export const TRAIT_ORDER =
  'at, toUInt8(op), multiIf(number IS NOT NULL, 1, text IS NOT NULL, 2, 0), ' +
  "ifNull(number, toDecimal64(0, 6)), ifNull(text, ''), expires_at";
export const OP_SET = 1;

/** Which rows speak of the leaf's trait. */
export function traitWhere(leaf: TraitLeaf): string {
  const provider = `provider = ${sqlText(leaf.provider)}`;
  if (!leaf.below) return `${provider} AND trait = ${sqlText(leaf.code)}`;
  return `${provider} AND startsWith(trait, ${sqlText(leaf.code)}) AND trait != ${sqlText(leaf.code)}`;
}

const VALUE: Subject = {
  present: '(number IS NOT NULL OR text IS NOT NULL)',
  number: decimalView('number IS NOT NULL', 'assumeNotNull(number)'),
  text: { is: 'text IS NOT NULL', value: 'assumeNotNull(text)', emptyIsAbsent: false },
};

/** Whether a row's value is what the leaf wants. */
export function traitValueSql(leaf: TraitLeaf): string {
  return allOf(testsSql(VALUE, leaf.value));
}

/** People who hold the trait; the default is that they do not. */
export function traitExceptions(leaf: TraitLeaf, scope: Scope): string {
  // What lies before the window cannot make the trait held, so it need not be read.
  const rows = allOf([traitWhere(leaf), upToNow(scope), ...windowStart(scope, leaf.withinMs)]);
  const latest = `max((${TRAIT_ORDER}, ${traitValueSql(leaf)})) AS latest`;
  return (
    `SELECT uid FROM (SELECT ${scope.uid} AS uid, ${latest} ` +
    `FROM ${scope.database}.trait_rows WHERE ${rows} GROUP BY uid${leaf.below ? ', trait' : ''}) ` +
    `WHERE latest.2 = ${OP_SET} AND latest.6 > ${sqlTime(scope.atMs)} AND latest.7`
  );
}
