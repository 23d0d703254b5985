import { parseRule } from './parse';

const leaf = { event: 'buy' };
const codes = (input: unknown): string[] => {
  const parsed = parseRule(input);
  return parsed.ok ? [] : parsed.faults.map(({ path, code }) => `${path} ${code}`);
};
const nested = (levels: number): unknown => {
  let rule: unknown = leaf;
  for (let level = 1; level < levels; level += 1) rule = level % 2 === 0 ? { not: rule } : { all: [rule] };
  return rule;
};

describe('parseRule', () => {
  it.each<[string, unknown]>([
    ['a lone leaf', leaf],
    ['a trait', { trait: 'acme/age/25-34' }],
    ['any trait below', { trait: 'acme/age/*', within: '400d', value: { eq: 'x', in: ['x', 1] } }],
    [
      'an event with everything',
      {
        event: 'page_view',
        where: {
          url: 'https://a/',
          category: ['IAB1', 'IAB2'],
          value: { gte: 1, lt: 2.5 },
          'properties.plan': true,
          'properties.a.b': ['x', 1, false],
        },
        within: '1m',
        count: { gte: 1, lte: 3 },
        days: { in: [1, 2] },
        sum: { field: 'value', gte: '100.50', lt: 1e6 },
      },
    ],
    ['an empty where', { event: 'buy', where: {} }],
    ['an audience', { audience: 'a_1-b' }],
    ['an identity', { identity: 'email' }],
    ['combinations', { all: [{ any: [leaf, { not: leaf }] }] }],
    ['10 levels', nested(10)],
    ['200 leaves', { any: Array.from({ length: 200 }, () => leaf) }],
    ['200 leaves, each at the deepest', { any: Array.from({ length: 200 }, () => nested(9)) }],
  ])('accepts %s', (_, input) => {
    expect(parseRule(input)).toEqual({ ok: true, rule: input });
  });

  it.each<[string, unknown, string[]]>([
    ['null', null, ['rule invalid_type']],
    ['a list', [leaf], ['rule invalid_type']],
    ['text', 'x', ['rule invalid_type']],
    ['nothing', {}, ['rule missing_field']],
    ['an empty all', { all: [] }, ['rule.all empty']],
    ['an any that is no list', { any: leaf }, ['rule.any invalid_type']],
    ['two kinds at once', { event: 'buy', trait: 'a/b' }, ['rule.event unknown_field']],
    ['an unknown field', { trait: 'a/b', where: {} }, ['rule.where unknown_field']],
    ['an unknown field of a combination', { not: leaf, within: '1d' }, ['rule.within unknown_field']],
    ['a trait without provider', { trait: 'age' }, ['rule.trait invalid_value']],
    ['a trait without code', { trait: 'acme/' }, ['rule.trait invalid_value']],
    ['a trait of a number', { trait: 5 }, ['rule.trait invalid_type']],
    ['an event of nothing', { event: '' }, ['rule.event invalid_value']],
    ['an endless name', { event: 'x'.repeat(2_000) }, ['rule.event too_long']],
    ['an unknown identity', { identity: 'idfa' }, ['rule.identity invalid_value']],
    ['an audience of spaces', { audience: 'a b' }, ['rule.audience invalid_value']],
    ['a duration of seconds', { event: 'buy', within: '30s' }, ['rule.within invalid_value']],
    ['a duration over 400d', { event: 'buy', within: '401d' }, ['rule.within invalid_value']],
    ['a duration of 0', { event: 'buy', within: '0d' }, ['rule.within invalid_value']],
    ['a duration as a number', { event: 'buy', within: 7 }, ['rule.within invalid_type']],
    ['an empty Compare', { event: 'buy', count: {} }, ['rule.count empty']],
    ['a Compare that is a number', { event: 'buy', count: 3 }, ['rule.count invalid_type']],
    ['an unknown operator', { event: 'buy', count: { gte: 1, over: 3 } }, ['rule.count.over unknown_field']],
    ['a broken count', { event: 'buy', count: { gte: 1.5 } }, ['rule.count.gte invalid_type']],
    ['a count of text', { event: 'buy', days: { gte: '1' } }, ['rule.days.gte invalid_type']],
    ['a sum without field', { event: 'buy', sum: { gte: 1 } }, ['rule.sum.field missing_field']],
    [
      'a sum of another field',
      { event: 'buy', sum: { field: 'sku', gte: 1 } },
      ['rule.sum.field invalid_value'],
    ],
    ['a sum without operator', { event: 'buy', sum: { field: 'value' } }, ['rule.sum empty']],
    ['a sum of words', { event: 'buy', sum: { field: 'value', gte: 'ten' } }, ['rule.sum.gte invalid_value']],
    ['an unknown where', { event: 'buy', where: { color: 'x' } }, ['rule.where.color unknown_field']],
    [
      'a nameless property',
      { event: 'buy', where: { 'properties.': 1 } },
      ['rule.where.properties. unknown_field'],
    ],
    [
      '__proto__ in where',
      { event: 'buy', where: Object.fromEntries([['__proto__', 1]]) },
      ['rule.where.__proto__ unknown_field'],
    ],
    ['null in where', { event: 'buy', where: { sku: null } }, ['rule.where.sku invalid_type']],
    ['a truth outside properties', { event: 'buy', where: { sku: true } }, ['rule.where.sku invalid_type']],
    ['a list in a list', { event: 'buy', where: { sku: [['a']] } }, ['rule.where.sku[0] invalid_type']],
    ['an empty list', { event: 'buy', where: { sku: [] } }, ['rule.where.sku empty']],
    [
      'an `in` that is no list',
      { event: 'buy', where: { sku: { in: 'a' } } },
      ['rule.where.sku.in invalid_type'],
    ],
    ['a long list', { event: 'buy', where: { sku: Array(1_001).fill('a') } }, ['rule.where.sku too_many']],
    ['an infinite number', { event: 'buy', where: { value: Infinity } }, ['rule.where.value invalid_type']],
    ['11 levels', nested(11), ['rule.not.all[0].not.all[0].not.all[0].not.all[0].not.all[0] too_deep']],
    ['201 leaves', { any: Array.from({ length: 201 }, () => leaf) }, ['rule.any[200] too_many']],
  ])('refuses %s and says where', (_, input, expected) => {
    expect(codes(input)).toEqual(expected);
  });

  it('names every fault at once, with its path', () => {
    const rule = {
      all: [
        { trait: 'acme/x', within: '1y', value: { over: 1 } },
        { any: [] },
        { not: { event: 'buy', count: { gte: 'x' }, colour: 1 } },
      ],
    };
    expect(codes(rule)).toEqual([
      'rule.all[0].within invalid_value',
      'rule.all[0].value.over unknown_field',
      'rule.all[0].value empty',
      'rule.all[1].any empty',
      'rule.all[2].not.colour unknown_field',
      'rule.all[2].not.count.gte invalid_type',
    ]);
  });

  it('ends on input of any depth or width, with a bounded answer', () => {
    expect(codes(nested(10_000))).toHaveLength(1);
    expect(codes({ any: Array.from({ length: 1_000_000 }, () => ({ any: [] })) }).length).toBeLessThan(200);
    expect(codes({ any: Array.from({ length: 1_000_000 }, () => leaf) })).toEqual(['rule.any[200] too_many']);
    const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`f${index}`, 1]));
    expect(codes({ event: 'buy', ...wide }).length).toBeLessThan(200);
    expect(codes({ event: 'buy', where: wide })).toEqual(['rule.where too_many']);
  });
});
