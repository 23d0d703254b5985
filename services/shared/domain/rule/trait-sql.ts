import type { TraitLeaf } from './leaf';
import { upToNow, windowStart, type Scope } from './scope';
import { allOf, anyOf, sqlText } from './sql';
import { decimalView, testsSql, type Subject } from './subject';

/**
 * A row's place among the records of its trait: the later `at` wins, at equal time an unset, then the larger
 * value (absent, then numbers, then text), then the longer ttl. `max((…))` is the latest record, for reads of a
 * few rows.
 */
export const TRAIT_ORDER =
  'at, toUInt8(op), multiIf(number IS NOT NULL, 1, text IS NOT NULL, 2, 0), ' +
  "ifNull(number, toDecimal64(0, 6)), ifNull(text, ''), expires_at";

/** The same order as bytes that sort, for many rows: the engine compares tuples several times slower than text. */
export const TRAIT_ORDER_KEY =
  'concat(reverse(reinterpretAsFixedString(at)), toString(toUInt8(op)), ' +
  "multiIf(number IS NOT NULL, '1', text IS NOT NULL, '2', '0'), " +
  // Of a Decimal(18,6) the integer inside, moved into the positive.
  'reverse(reinterpretAsFixedString(reinterpretAsInt64(ifNull(number, toDecimal64(0, 6))) + 1000000000000000000)), ' +
  // A text ends before it goes on: 'a' < 'a\0' < 'ab'.
  "replaceAll(ifNull(text, ''), '\\0', '\\0\\x01'), '\\0\\0', " +
  'reverse(reinterpretAsFixedString(expires_at)))';

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

/** Which rows speak of the traits of any of these leaves. */
export function traitsWhere(leaves: readonly TraitLeaf[]): string {
  const conditions: string[] = [];
  const codesOf = new Map<string, Set<string>>();
  for (const leaf of leaves) {
    if (leaf.below) conditions.push(traitWhere(leaf));
    else codesOf.set(leaf.provider, (codesOf.get(leaf.provider) ?? new Set()).add(leaf.code));
  }
  for (const [provider, codes] of codesOf) {
    conditions.push(`provider = ${sqlText(provider)} AND trait IN (${[...codes].map(sqlText).join(', ')})`);
  }
  return anyOf([...new Set(conditions)]);
}

/** People who hold the trait; the default is that they do not. */
export function traitExceptions(leaf: TraitLeaf, scope: Scope): string {
  // What lies before the window cannot make the trait held, so it need not be read.
  const rows = allOf([traitWhere(leaf), upToNow(scope), ...windowStart(scope, leaf.withinMs)]);
  const heldUntil = `if(${allOf([`op = 'set'`, traitValueSql(leaf)])}, toUnixTimestamp64Milli(expires_at), 0)`;
  return (
    `SELECT ${scope.uid} AS uid FROM ${scope.database}.trait_rows WHERE ${rows} ` +
    `GROUP BY uid${leaf.below ? ', trait' : ''} HAVING argMax(${heldUntil}, ${TRAIT_ORDER_KEY}) > ${scope.atMs}`
  );
}
