import { expandAudiences } from './expand';
import type { Rule } from './language';

const buy: Rule = { event: 'buy' };
const among =
  (rules: Record<string, Rule>) =>
  (id: string): Rule | undefined =>
    rules[id];

describe('expandAudiences', () => {
  it('puts rules in the place of audiences, at any depth', () => {
    const lookup = among({ a: { not: { audience: 'b' } }, b: buy });
    const rule: Rule = { all: [{ audience: 'a' }, { any: [{ audience: 'b' }, { identity: 'maid' }] }] };
    expect(expandAudiences(rule, { lookup })).toEqual({
      ok: true,
      rule: { all: [{ not: buy }, { any: [buy, { identity: 'maid' }] }] },
    });
  });

  it('an audience may be named twice; only a circle is refused', () => {
    const lookup = among({ a: { all: [{ audience: 'c' }, { audience: 'c' }] }, c: buy });
    expect(expandAudiences({ audience: 'a' }, { lookup })).toMatchObject({ ok: true });
  });

  it.each<[string, Rule, Record<string, Rule>, string | undefined]>([
    ['of one', { not: { audience: 'me' } }, {}, 'me'],
    ['of two', { not: { audience: 'a' } }, { a: { any: [buy, { audience: 'me' }] } }, 'me'],
    ['elsewhere', { not: { audience: 'a' } }, { a: { audience: 'b' }, b: { audience: 'a' } }, undefined],
  ])('refuses a circle %s at the path of the own rule', (_, rule, rules, self) => {
    expect(expandAudiences(rule, { lookup: among(rules), self })).toMatchObject({
      ok: false,
      fault: { path: 'rule.not.audience', code: 'circular_audience' },
    });
  });

  it('names the circle', () => {
    const lookup = among({ a: { audience: 'b' }, b: { audience: 'a' } });
    expect(expandAudiences({ audience: 'a' }, { lookup })).toMatchObject({
      fault: { message: 'is in a circle: a → b → a' },
    });
  });

  it('refuses an unknown audience', () => {
    expect(expandAudiences({ all: [buy, { audience: 'x' }] }, { lookup: among({}) })).toMatchObject({
      ok: false,
      fault: { path: 'rule.all[1].audience', code: 'unknown_audience' },
    });
  });

  it('bounds depth and size, however audiences multiply', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index): [string, Rule] => [
        `a${index}`,
        { not: { audience: `a${index + 1}` } },
      ]),
    );
    expect(expandAudiences({ audience: 'a0' }, { lookup: among(chain) })).toMatchObject({
      fault: { path: 'rule.audience', code: 'too_deep' },
    });
    const doubling = Object.fromEntries(
      Array.from({ length: 30 }, (_, index): [string, Rule] => [
        `d${index}`,
        index === 29 ? buy : { any: [{ audience: `d${index + 1}` }, { audience: `d${index + 1}` }] },
      ]),
    );
    expect(expandAudiences({ not: { audience: 'd0' } }, { lookup: among(doubling) })).toMatchObject({
      fault: { path: 'rule.not.audience', code: 'too_many' },
    });
  });

  const nots = (count: number): Rule => {
    let rule: Rule = buy;
    for (let level = 0; level < count; level += 1) rule = { not: rule };
    return rule;
  };
  const wide = (count: number): Rule => ({ any: Array<Rule>(count).fill(buy) });

  it.each<[string, Rule, Record<string, Rule>]>([
    ['64 levels as written', nots(63), {}],
    ['64 levels, one of them the audience', { audience: 'a' }, { a: nots(62) }],
    ['2,000 leaves as written', wide(2_000), {}],
    ['2,000 leaves, in audiences and beside them', { all: [buy, { audience: 'a' }] }, { a: wide(1_999) }],
  ])('accepts %s', (_, rule, rules) => {
    expect(expandAudiences(rule, { lookup: among(rules) }).ok).toBe(true);
  });

  const TOO_DEEP = ['too_deep', 'audiences within audiences are too deep'];
  const TOO_MANY = ['too_many', 'more than 2000 leaves with its audiences'];

  it.each<[string, Rule, Record<string, Rule>, string, string[]]>([
    ['65 levels by an audience', { audience: 'a' }, { a: nots(63) }, 'rule.audience', TOO_DEEP],
    ['2,001 leaves as written', wide(2_001), {}, 'rule.any[2000]', TOO_MANY],
    [
      '2,001 leaves by an audience',
      { any: [buy, { audience: 'a' }] },
      { a: wide(2_000) },
      'rule.any[1].audience',
      TOO_MANY,
    ],
    [
      'two unknown audiences, of which the first is named',
      { any: [{ not: { audience: 'x' } }, { audience: 'y' }] },
      {},
      'rule.any[0].not.audience',
      ['unknown_audience', 'there is no audience x'],
    ],
    [
      'an unknown audience within another, at the path of the outer one',
      { all: [{ audience: 'a' }] },
      { a: { not: { any: [{ audience: 'x' }] } } },
      'rule.all[0].audience',
      ['unknown_audience', 'there is no audience x'],
    ],
  ])('refuses %s', (_, rule, rules, path, [code, message]) => {
    expect(expandAudiences(rule, { lookup: among(rules) })).toEqual({
      ok: false,
      fault: { path, code, message },
    });
  });

  it('names of a circle only what goes round', () => {
    const lookup = among({ a: { audience: 'b' }, b: { not: { audience: 'c' } }, c: { audience: 'b' } });
    expect(expandAudiences({ audience: 'a' }, { lookup })).toMatchObject({
      fault: { message: 'is in a circle: b → c → b' },
    });
  });
});
