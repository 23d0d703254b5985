import type { EventLeaf } from './leaf';
import { countPasses, sumPasses } from './measure';
import { upToNow, windowStart, type Scope } from './scope';
import { allOf, sqlText } from './sql';
import { decimalView, numberExpression, property, testsSql, textColumn, type Subject } from './subject';

/** What the leaf says of somebody without any such event. */
export function eventDefault(leaf: EventLeaf): boolean {
  return countPasses(leaf.count, 0) && countPasses(leaf.days, 0) && sumPasses(leaf.sum, 0n);
}

/** Which rows of its type are this leaf's events, whenever they were. */
export function eventWhere(leaf: EventLeaf): string[] {
  return leaf.where.flatMap(({ field, tests }) => testsSql(fieldSubject(field), tests));
}

function fieldSubject(field: string): Subject {
  if (field === 'value') {
    return { present: 'value IS NOT NULL', number: decimalView('value IS NOT NULL', 'assumeNotNull(value)') };
  }
  const prefix = 'properties.';
  return field.startsWith(prefix) ? property(field.slice(prefix.length)) : textColumn(field);
}

/** What an event adds to a sum: a missing value adds nothing. */
export const EVENT_VALUE = 'ifNull(value, toDecimal64(0, 6))';

/**
 * People for whom the leaf differs from its default: who has the events, or, where having none holds too,
 * for whom it does not hold.
 */
export function eventExceptions(leaf: EventLeaf, scope: Scope): string {
  const conditions = [
    `type = ${sqlText(leaf.type)}`,
    upToNow(scope),
    ...windowStart(scope, leaf.withinMs),
    ...eventWhere(leaf),
  ];
  const rows = `FROM ${scope.database}.event_rows WHERE ${allOf(conditions)}`;
  // Only asks whether there is any: no need to group.
  if (isExistence(leaf)) return `SELECT ${scope.uid} AS uid ${rows}`;
  const holds = allOf([
    ...testsSql(numberExpression('count()', 'integer'), leaf.count),
    ...testsSql(numberExpression('uniqExact(toDate(at))', 'integer'), leaf.days),
    ...testsSql(numberExpression(`sum(${EVENT_VALUE})`, 'sum'), leaf.sum),
  ]);
  const having = eventDefault(leaf) ? `NOT (${holds})` : holds;
  return `SELECT ${scope.uid} AS uid ${rows} GROUP BY uid HAVING ${having}`;
}

function isExistence(leaf: EventLeaf): boolean {
  const [test] = leaf.count;
  const only = leaf.count.length === 1 && leaf.days.length === 0 && leaf.sum.length === 0;
  return only && test?.op === 'gte' && test.operand === 1;
}
