import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time';
import type { Rule, Scalar } from './language';
import { leafOf, type Leaf, type Test } from './leaf';

/**
 * A rule in one line for people, e.g. `all(trait acme/age/25-34, not(event purchase count >= 1 within 7d))`.
 * Canonical: equal conditions read the same (`168h` is `7d`, a scalar is `=`), different ones differ.
 */
export function ruleText(rule: Rule): string {
  if ('all' in rule) return `all(${rule.all.map(ruleText).join(', ')})`;
  if ('any' in rule) return `any(${rule.any.map(ruleText).join(', ')})`;
  if ('not' in rule) return `not(${ruleText(rule.not)})`;
  if ('audience' in rule) return `audience ${word(rule.audience)}`;
  return leafText(leafOf(rule));
}

export function leafText(leaf: Leaf): string {
  if (leaf.kind === 'identity') return `identity ${leaf.identity}`;
  const parts: string[] = [];
  if (leaf.kind === 'trait') {
    parts.push(`trait ${word(`${leaf.provider}/${leaf.code}${leaf.below ? '*' : ''}`)}`);
    parts.push(...leaf.value.map((test) => `value ${testText(test)}`));
  } else {
    parts.push(`event ${word(leaf.type)}`);
    const where = leaf.where.flatMap(({ field, tests }) =>
      tests.map((test) => `${word(field)} ${testText(test)}`),
    );
    if (where.length > 0) parts.push(`where(${where.join(', ')})`);
    for (const measure of ['count', 'days', 'sum'] as const) {
      const name = measure === 'sum' ? 'sum(value)' : measure;
      parts.push(...leaf[measure].map((test) => `${name} ${testText(test)}`));
    }
  }
  if (leaf.withinMs !== undefined) parts.push(`within ${durationText(leaf.withinMs)}`);
  return parts.join(' ');
}

const SYMBOLS = { eq: '=', ne: '!=', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

function testText(test: Test): string {
  return test.op === 'in'
    ? `in (${test.operands.map(scalarText).join(', ')})`
    : `${SYMBOLS[test.op]} ${scalarText(test.operand)}`;
}

function scalarText(value: Scalar): string {
  return JSON.stringify(value);
}

/** Plain where it cannot be mistaken for anything else, in quotes where it could. */
function word(text: string): string {
  return /^[\w/.*:-]+$/u.test(text) ? text : JSON.stringify(text);
}

function durationText(ms: number): string {
  if (ms % DAY_MS === 0) return `${ms / DAY_MS}d`;
  return ms % HOUR_MS === 0 ? `${ms / HOUR_MS}h` : `${ms / MINUTE_MS}m`;
}
