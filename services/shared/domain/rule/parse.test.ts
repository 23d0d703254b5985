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
    [
      'a property with an endless name',
      { event: 'buy', where: { [`properties.${'x'.repeat(2_000)}`]: 1 } },
      [`rule.where.properties.${'x'.repeat(89)} too_long`],
    ],
    ['an endless audience', { audience: 'x'.repeat(2_000) }, ['rule.audience too_long']],
    ['an endless trait', { trait: 'x'.repeat(2_000) }, ['rule.trait too_long']],
    [
      'a truth in a list of a Compare',
      { event: 'buy', where: { 'properties.a': { in: [1, true] } } },
      ['rule.where.properties.a.in[1] invalid_type'],
    ],
    ['a sum of a truth', { event: 'buy', sum: { field: 'value', gte: true } }, ['rule.sum.gte invalid_type']],
    [
      '201 leaves, and looks no further',
      { any: [...Array.from({ length: 201 }, () => leaf), { event: 7 }] },
      ['rule.any[200] too_many'],
    ],
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

describe('for people it says what would be right', () => {
  const where = (conditions: Record<string, unknown>): unknown => ({ event: 'buy', where: conditions });
  const numbered = (count: number): Record<string, number> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`properties.p${index}`, index]));

  const cases: [input: unknown, path: string, message: string][] = [
    [7, 'rule', 'must be an object'],
    [{}, 'rule', 'needs one of all, any, not, trait, event, audience, identity'],
    [{ event: 'buy', trait: 'a/b' }, 'rule.event', 'cannot stand beside trait'],
    [{ not: leaf, within: '1d' }, 'rule.within', 'is not known here'],
    [{ ...leaf, ['x'.repeat(101)]: 1 }, `rule.${'x'.repeat(100)}`, 'is not known here'],
    [{ all: leaf }, 'rule.all', 'must be a list of rules'],
    [{ any: [] }, 'rule.any', 'must have at least one rule'],
    [{ audience: 'a b' }, 'rule.audience', 'is not the id of an audience'],
    [{ audience: '' }, 'rule.audience', 'must not be empty'],
    [{ audience: 7 }, 'rule.audience', 'must be text'],
    [
      { identity: 'idfa' },
      'rule.identity',
      'must be one of cookie, partner, maid, email, phone, eid, customer',
    ],
    [{ trait: 'age' }, 'rule.trait', 'must be <provider>/<code>'],
    [{ trait: '/age' }, 'rule.trait', 'must be <provider>/<code>'],
    [{ trait: 'ACME/age' }, 'rule.trait', 'must be <provider>/<code>'],
    [{ event: 7 }, 'rule.event', 'must be text'],
    [{ event: '' }, 'rule.event', 'must not be empty'],
    [{ event: 'x'.repeat(1_025) }, 'rule.event', 'has more than 1024 characters'],
    [{ event: 'buy', within: 7 }, 'rule.within', 'must be text, such as "7d"'],
    [{ event: 'buy', within: '1y' }, 'rule.within', 'must be <n>m, <n>h or <n>d, from 1m to 400d'],
    [{ event: 'buy', count: { gte: 1.5 } }, 'rule.count.gte', 'must be a whole number'],
    [{ event: 'buy', days: { in: [1, '2'] } }, 'rule.days.in[1]', 'must be a whole number'],
    [{ event: 'buy', days: { in: 1 } }, 'rule.days.in', 'must be a list'],
    [{ event: 'buy', count: {} }, 'rule.count', 'needs one of eq, ne, gt, gte, lt, lte, in'],
    [{ event: 'buy', sum: 7 }, 'rule.sum', 'must be an object'],
    [{ event: 'buy', sum: { gt: 1 } }, 'rule.sum.field', 'is required'],
    [{ event: 'buy', sum: { field: 'sku', gt: 1 } }, 'rule.sum.field', 'must be "value"'],
    [{ event: 'buy', sum: { field: 'value', gt: true } }, 'rule.sum.gt', 'must be a number'],
    [{ event: 'buy', sum: { field: 'value', gt: 'x' } }, 'rule.sum.gt', 'is not a decimal number'],
    [{ event: 'buy', sum: { field: 'value', in: [] } }, 'rule.sum.in', 'must have at least one item'],
    [{ trait: 'a/b', value: { gt: true } }, 'rule.value.gt', 'must be a number or text'],
    [{ trait: 'a/b', value: { gt: 'x'.repeat(1_025) } }, 'rule.value.gt', 'has more than 1024 characters'],
    [where([] as never), 'rule.where', 'must be an object'],
    [where(numbered(51)), 'rule.where', 'has more than 50 fields'],
    [where({ 'properties.a': null }), 'rule.where.properties.a', 'must be a number, truth value or text'],
    [
      where({ 'properties.a': [1, [2]] }),
      'rule.where.properties.a[1]',
      'must be a number, truth value or text',
    ],
    [where({ 'properties.a': { eq: true } }), 'rule.where.properties.a.eq', 'must be a number or text'],
    [where({ sku: Array(1_001).fill(1) }), 'rule.where.sku', 'has more than 1000 items'],
    [
      where({ color: 1 }),
      'rule.where.color',
      'must be one of url, domain, path, category, sku, value, currency, publisher, properties.<name>',
    ],
    [
      where({ xproperties: 1 }),
      'rule.where.xproperties',
      'must be one of url, domain, path, category, sku, value, currency, publisher, properties.<name>',
    ],
    [
      where({ 'x.properties.a': 1 }),
      'rule.where.x.properties.a',
      'must be one of url, domain, path, category, sku, value, currency, publisher, properties.<name>',
    ],
    [
      where({ [`properties.${'x'.repeat(1_014)}`]: 1 }),
      `rule.where.properties.${'x'.repeat(89)}`,
      'the name is too long',
    ],
    [
      nested(11),
      'rule.not.all[0].not.all[0].not.all[0].not.all[0].not.all[0]',
      'rules have at most 10 levels',
    ],
    [{ any: Array(201).fill(leaf) }, 'rule.any[200]', 'rules have at most 200 leaves'],
  ];

  it.each(cases.map(([input, path, message]) => [path, message, input]))('%s: %s', (path, message, input) => {
    const parsed = parseRule(input);
    expect(parsed.ok ? [] : parsed.faults.map((fault) => [fault.path, fault.message])).toEqual([
      [path, message],
    ]);
  });

  it.each<[string, unknown]>([
    ['1,024 characters', { event: 'x'.repeat(1_024) }],
    ['50 fields', where(numbered(50))],
    ['a name of 1,024 characters', where({ [`properties.${'x'.repeat(1_013)}`]: 1 })],
    ['a name with a line break', where({ 'properties.\n': 1 })],
    ['1,000 items', where({ sku: Array(1_000).fill('a') })],
    ['a trait of a lone slash behind its provider’s', { trait: 'a//' }],
    ['a window, a number and a truth', { trait: 'a/b', within: '1h', value: { ne: 0, in: ['', -1] } }],
    ['a sum of any size', { event: 'buy', sum: { field: 'value', in: [0, '-1.5'], lt: 1e300 } }],
  ])('and accepts what is just within the limits: %s', (_, input) => {
    expect(parseRule(input)).toEqual({ ok: true, rule: input });
  });

  it('names 100 faults and no more, of fields and of rules', () => {
    const fields = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`f${index}`, 1]));
    expect(codes({ ...leaf, ...fields })).toHaveLength(100);
    expect(codes({ any: Array(150).fill({ any: [] }) })).toHaveLength(100);
    expect(codes({ any: Array(50).fill({ event: 7, within: 7, count: 7 }) })).toHaveLength(100);
  });
});
