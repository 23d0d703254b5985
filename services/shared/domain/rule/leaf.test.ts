import type { Compare, FactRule, Scalar } from './language';
import { leafOf, type EventLeaf, type Leaf, type Test, type TraitLeaf } from './leaf';

const DAY = 86_400_000;
const trait: Omit<TraitLeaf, 'code'> = { kind: 'trait', provider: 'acme', below: false, value: [] };
const event: Omit<EventLeaf, 'count'> = { kind: 'event', type: 'buy', where: [], days: [], sum: [] };
const ONCE: Test[] = [{ op: 'gte', operand: 1 }];

test.each<[FactRule, Leaf]>([
  [{ trait: 'acme/car' }, { ...trait, code: 'car' }],
  [{ trait: 'acme/age/25-34' }, { ...trait, code: 'age/25-34' }],
  [{ trait: 'acme/age/*' }, { ...trait, code: 'age/', below: true }],
  [{ trait: 'acme/*' }, { ...trait, code: '', below: true }],
  [{ trait: 'acme/age*' }, { ...trait, code: 'age*' }],
  [{ trait: 'acme/*/x' }, { ...trait, code: '*/x' }],
  [
    { trait: 'acme/car', within: '2d' },
    { ...trait, code: 'car', withinMs: 2 * DAY },
  ],
  [
    { trait: 'acme/car', value: { eq: 'x' } },
    { ...trait, code: 'car', value: [{ op: 'eq', operand: 'x' }] },
  ],
  [{ event: 'buy' }, { ...event, count: ONCE }],
  [
    { event: 'buy', within: '1d' },
    { ...event, count: ONCE, withinMs: DAY },
  ],
  [
    { event: 'buy', count: { gt: 2 } },
    { ...event, count: [{ op: 'gt', operand: 2 }] },
  ],
  // Only where nothing else is measured it has to have happened once.
  [
    { event: 'buy', days: { lt: 2 } },
    { ...event, count: [], days: [{ op: 'lt', operand: 2 }] },
  ],
  [
    { event: 'buy', sum: { field: 'value', gte: '1.5' } },
    { ...event, count: [], sum: [{ op: 'gte', operand: '1.5' }] },
  ],
  [{ identity: 'maid' }, { kind: 'identity', identity: 'maid' }],
])('%j in normal form', (rule, leaf) => {
  expect(leafOf(rule)).toEqual(leaf);
});

test.each<[Scalar | Scalar[] | Compare, Test[]]>([
  ['x', [{ op: 'eq', operand: 'x' }]],
  ['', [{ op: 'eq', operand: '' }]],
  [0, [{ op: 'eq', operand: 0 }]],
  [false, [{ op: 'eq', operand: false }]],
  [['x', 1], [{ op: 'in', operands: ['x', 1] }]],
  [{ in: ['x'] }, [{ op: 'in', operands: ['x'] }]],
  [
    // In whatever order they were written.
    { in: [1], lte: 6, lt: 5, gte: 4, gt: 3, ne: 2, eq: 1 },
    [
      { op: 'eq', operand: 1 },
      { op: 'ne', operand: 2 },
      { op: 'gt', operand: 3 },
      { op: 'gte', operand: 4 },
      { op: 'lt', operand: 5 },
      { op: 'lte', operand: 6 },
      { op: 'in', operands: [1] },
    ],
  ],
])('a condition %j is a list of tests', (condition, tests) => {
  expect((leafOf({ event: 'buy', where: { sku: condition } }) as EventLeaf).where).toEqual([
    { field: 'sku', tests },
  ]);
});

test('conditions stand in the order of their names', () => {
  const leaf = leafOf({ event: 'buy', where: { url: 'u', 'properties.a': 1, category: 'c' } }) as EventLeaf;
  expect(leaf.where.map(({ field }) => field)).toEqual(['category', 'properties.a', 'url']);
});

test('a window that was never checked is a mistake of ours', () => {
  expect(() => leafOf({ event: 'buy', within: '1y' })).toThrow('not a checked rule: within 1y');
});
