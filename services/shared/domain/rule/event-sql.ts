import type { EventLeaf, Test } from './leaf';
import { upToNow, windowStart, NEVER_SQL, type Scope } from './scope';
import { allOf, sqlText, sqlTime } from './sql';
import { decimalView, numberExpression, property, testsSql, textColumn, type Subject } from './subject';

/** SQL of what an event leaf measures. */
interface Measures {
  count: string;
  days: string;
  sum: string;
}

/** The leaf's condition on its measures. */
function holdsSql(leaf: EventLeaf, measures: Measures): string {
  return allOf([
    ...testsSql(numberExpression(measures.count, 'integer'), leaf.count),
    ...testsSql(numberExpression(measures.days, 'integer'), leaf.days),
    ...testsSql(numberExpression(measures.sum, 'sum'), leaf.sum),
  ]);
}

/** What the leaf says of somebody without any such event. */
export function eventDefault(leaf: EventLeaf): boolean {
  return [...leaf.count, ...leaf.days, ...leaf.sum].every((test) => zeroSatisfies(test));
}

function zeroSatisfies(test: Test): boolean {
  if (test.op === 'in') return test.operands.some((operand) => Number(operand) === 0);
  const operand = Number(test.operand);
  switch (test.op) {
    case 'eq':
      return operand === 0;
    case 'ne':
      return operand !== 0;
    case 'gt':
      return operand < 0;
    case 'gte':
      return operand <= 0;
    case 'lt':
      return operand > 0;
    case 'lte':
      return operand >= 0;
  }
}

/** Which rows are this leaf's events, whenever they were. */
function whereSql(leaf: EventLeaf): string[] {
  return leaf.where.flatMap(({ field, tests }) => testsSql(fieldSubject(field), tests));
}

function fieldSubject(field: string): Subject {
  if (field === 'value') {
    return { present: 'value IS NOT NULL', number: decimalView('value IS NOT NULL', 'assumeNotNull(value)') };
  }
  const prefix = 'properties.';
  return field.startsWith(prefix) ? property(field.slice(prefix.length)) : textColumn(field);
}

const VALUE = 'ifNull(value, toDecimal64(0, 6))';
const MILLIS = 'toUnixTimestamp64Milli(at)';

/**
 * People for whom the leaf differs from its default: who has the events, or, where having none holds too,
 * who has too many of them.
 */
export function eventExceptions(leaf: EventLeaf, scope: Scope): string {
  const rows = `FROM ${scope.database}.event_rows WHERE ${allOf([
    `type = ${sqlText(leaf.type)}`,
    upToNow(scope),
    ...windowStart(scope, leaf.withinMs),
    ...whereSql(leaf),
  ])}`;
  if (isExistence(leaf)) return `SELECT ${scope.uid} AS uid ${rows}`;
  const holds = holdsSql(leaf, { count: 'count()', days: 'uniqExact(toDate(at))', sum: `sum(${VALUE})` });
  const having = eventDefault(leaf) ? `NOT (${holds})` : holds;
  return `SELECT ${scope.uid} AS uid ${rows} GROUP BY uid HAVING ${having}`;
}

/** Only asks whether there is any: no need to group. */
function isExistence(leaf: EventLeaf): boolean {
  const [test] = leaf.count;
  const only = leaf.count.length === 1 && leaf.days.length === 0 && leaf.sum.length === 0;
  return only && test?.op === 'gte' && test.operand === 1;
}

/**
 * States of leaves on one type of event, for the people of the scope: rows (uid, states), the states in the
 * order of the leaves, each `until` where the leaf holds and `-until` where it does not.
 * Whoever has no row at all has the default.
 */
export function eventStates(leaves: readonly EventLeaf[], scope: Scope): string {
  const [first] = leaves;
  if (first === undefined) throw new Error('no leaves');
  const columns = leaves.flatMap((leaf, index) => aggregates(leaf, `_${index}`, scope));
  const states = leaves.map((leaf, index) => stateSql(leaf, `_${index}`));
  const longest = Math.max(...leaves.map((leaf) => leaf.withinMs ?? Infinity));
  const rows = allOf([
    `type = ${sqlText(first.type)}`,
    ...(scope.people === undefined ? [] : [scope.people]),
    ...(longest === Infinity ? [] : windowStart(scope, longest)),
  ]);
  return (
    `SELECT uid, [${states.join(', ')}] AS states FROM (` +
    `SELECT ${scope.uid} AS uid, ${columns.join(', ')} FROM ${scope.database}.event_rows WHERE ${rows} GROUP BY uid)`
  );
}

function aggregates(leaf: EventLeaf, suffix: string, scope: Scope): string[] {
  const where = whereSql(leaf);
  const seen = allOf([upToNow(scope), ...windowStart(scope, leaf.withinMs), ...where]);
  const later = allOf([`at > ${sqlTime(scope.atMs)}`, ...where]);
  const next = `minIf(${MILLIS}, ${later}) AS next${suffix}`;
  if (leaf.withinMs === undefined) {
    return [
      `countIf(${seen}) AS count${suffix}`,
      ...(leaf.days.length > 0 ? [`uniqExactIf(toDate(at), ${seen}) AS days${suffix}`] : []),
      ...(leaf.sum.length > 0 ? [`sumIf(${VALUE}, ${seen}) AS sum${suffix}`] : []),
      next,
    ];
  }
  const event = leaf.sum.length > 0 ? `(${MILLIS}, ${VALUE})` : MILLIS;
  return [`arraySort(groupArrayIf(${event}, ${seen})) AS seen${suffix}`, next];
}

function stateSql(leaf: EventLeaf, suffix: string): string {
  const next = `next${suffix}`;
  if (leaf.withinMs === undefined) {
    const names = { count: `count${suffix}`, days: `days${suffix}`, sum: `sum${suffix}` };
    const holds = holdsSql(leaf, names);
    return signed(holds, soonest(leaf, holds, NEVER_SQL, next));
  }
  const times = leaf.sum.length > 0 ? `tupleElement(seen${suffix}, 1)` : `seen${suffix}`;
  const now = windowMeasures(leaf, suffix, times);
  const holds = holdsSql(leaf, now);
  return signed(holds, soonest(leaf, holds, runsOutSql(leaf, suffix, times, now, holds), next));
}

function windowMeasures(leaf: EventLeaf, suffix: string, times: string): Measures {
  return {
    count: `length(seen${suffix})`,
    days: `arraySum(${newDays(times)})`,
    sum: leaf.sum.length > 0 ? `arraySum(tupleElement(seen${suffix}, 2))` : '0',
  };
}

/** 1 for each time, in order, that is the first of its UTC day. */
function newDays(times: string): string {
  const previous = `arrayPopBack(arrayPushFront(${times}, toInt64(-1)))`;
  return `arrayMap((t, p) -> intDiv(t, 86400000) != intDiv(p, 86400000) OR p < 0, ${times}, ${previous})`;
}

/**
 * When the leaf changes because its oldest events leave the window: the first of them after which the
 * condition on what is left differs from now. Lambdas take arrays as arguments and capture only numbers:
 * a captured array is copied for every element.
 */
function runsOutSql(leaf: EventLeaf, suffix: string, times: string, now: Measures, holds: string): string {
  const usesDays = leaf.days.length > 0;
  const usesSum = leaf.sum.length > 0;
  const following = `arraySlice(arrayPushBack(${times}, toInt64(0)), 2)`;
  const parameters = ['t', 'f', 'i', ...(usesDays ? ['d'] : []), ...(usesSum ? ['s'] : [])];
  const args = [
    times,
    following,
    `arrayEnumerate(${times})`,
    ...(usesDays ? [`arrayCumSum(${newDays(times)})`] : []),
    ...(usesSum ? [`arrayCumSum(tupleElement(seen${suffix}, 2))`] : []),
  ];
  const left = holdsSql(leaf, {
    count: `(toInt64(${now.count}) - i)`,
    days: `(toInt64(${now.days}) - d + (intDiv(t, 86400000) = intDiv(f, 86400000)))`,
    sum: `(${now.sum} - s)`,
  });
  // Events of the same time leave together.
  const index = `arrayFirstIndex((${parameters.join(', ')}) -> t != f AND (${left}) != (${holds}), ${args.join(', ')})`;
  return `if(${index} = 0, ${NEVER_SQL}, arrayElement(${times}, ${index}) + ${leaf.withinMs})`;
}

/** An event dated ahead may change the leaf at its own time, unless more events cannot. */
function soonest(leaf: EventLeaf, holds: string, until: string, next: string): string {
  const bounded = `if(${next} = 0, ${until}, least(${until}, ${next}))`;
  return isRising(leaf) ? `if(${holds}, ${until}, ${bounded})` : bounded;
}

function isRising(leaf: EventLeaf): boolean {
  return (
    leaf.sum.length === 0 &&
    [...leaf.count, ...leaf.days].every((test) => test.op === 'gte' || test.op === 'gt')
  );
}

function signed(holds: string, until: string): string {
  return `toFloat64(if(${holds}, 1, -1) * (${until}))`;
}
