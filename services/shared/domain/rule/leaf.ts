import type { IdentityKind } from '../identity';
import { parseDuration } from '../time';
import {
  COMPARE_OPERATORS,
  type Compare,
  type EventRule,
  type FactRule,
  type Scalar,
  type TraitRule,
} from './language';

/** A fact in normal form: defaults filled in, durations in ms, every condition a list of tests. */
export type Leaf = TraitLeaf | EventLeaf | IdentityLeaf;

export interface TraitLeaf {
  kind: 'trait';
  provider: string;
  /** The whole code; of a rule on `a/*` the prefix `a/`, of `*` the empty prefix. */
  code: string;
  /** Any trait whose code is longer than the prefix, each with its own latest record. */
  below: boolean;
  withinMs?: number;
  value: Test[];
}

export interface EventLeaf {
  kind: 'event';
  type: string;
  where: { field: string; tests: Test[] }[];
  withinMs?: number;
  count: Test[];
  days: Test[];
  sum: Test[];
}

export interface IdentityLeaf {
  kind: 'identity';
  identity: IdentityKind;
}

/** One operator; all tests of a list hold together. */
export type Test = { op: Exclude<keyof Compare, 'in'>; operand: Scalar } | { op: 'in'; operands: Scalar[] };

export function leafOf(rule: FactRule): Leaf {
  if ('trait' in rule) return traitLeaf(rule);
  if ('event' in rule) return eventLeaf(rule);
  return { kind: 'identity', identity: rule.identity };
}

function traitLeaf(rule: TraitRule): TraitLeaf {
  const slash = rule.trait.indexOf('/');
  const code = rule.trait.slice(slash + 1);
  const below = code === '*' || code.endsWith('/*');
  return {
    kind: 'trait',
    provider: rule.trait.slice(0, slash),
    code: below ? code.slice(0, -1) : code,
    below,
    ...within(rule.within),
    value: testsOf(rule.value),
  };
}

function eventLeaf(rule: EventRule): EventLeaf {
  const needsCount = rule.count === undefined && rule.days === undefined && rule.sum === undefined;
  return {
    kind: 'event',
    type: rule.event,
    where: Object.keys(rule.where ?? {})
      .sort()
      .map((field) => ({ field, tests: wanted(rule.where?.[field]) })),
    ...within(rule.within),
    count: needsCount ? [{ op: 'gte', operand: 1 }] : testsOf(rule.count),
    days: testsOf(rule.days),
    sum: testsOf(rule.sum),
  };
}

function within(duration: string | undefined): { withinMs?: number } {
  if (duration === undefined) return {};
  const withinMs = parseDuration(duration);
  if (withinMs === null) throw new Error(`not a checked rule: within ${duration}`);
  return { withinMs };
}

function wanted(condition: Scalar | Scalar[] | Compare | undefined): Test[] {
  if (Array.isArray(condition)) return [{ op: 'in', operands: condition }];
  if (typeof condition === 'object') return testsOf(condition);
  return condition === undefined ? [] : [{ op: 'eq', operand: condition }];
}

function testsOf(compare: Compare | undefined): Test[] {
  const tests: Test[] = [];
  for (const op of COMPARE_OPERATORS) {
    if (op === 'in') {
      if (compare?.in !== undefined) tests.push({ op, operands: compare.in });
      continue;
    }
    const operand = compare?.[op];
    if (operand !== undefined) tests.push({ op, operand });
  }
  return tests;
}
