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
});
