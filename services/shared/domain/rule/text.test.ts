import type { Rule } from './language';
import { ruleText } from './text';

describe('ruleText', () => {
  it.each<[Rule, string]>([
    [{ trait: 'acme/age/25-34' }, 'trait acme/age/25-34'],
    [
      { trait: 'acme/age/*', within: '168h', value: { lt: 3, gte: 1 } },
      'trait acme/age/* value >= 1 value < 3 within 7d',
    ],
    [{ event: 'buy' }, 'event buy count >= 1'],
    [{ event: 'buy', days: { eq: 2 }, within: '90m' }, 'event buy days = 2 within 90m'],
    [
      {
        event: 'buy',
        where: { value: { gt: 1 }, category: ['a', 1, true] },
        sum: { field: 'value', gte: '9.5' },
      },
      'event buy where(category in ("a", 1, true), value > 1) sum(value) >= "9.5"',
    ],
    [{ event: 'a, b)' }, 'event "a, b)" count >= 1'],
    [{ event: '(a' }, 'event "(a" count >= 1'],
    [{ event: 'a)' }, 'event "a)" count >= 1'],
    [{ event: 'ä' }, 'event "ä" count >= 1'],
    [{ event: 'a:b_C-1' }, 'event a:b_C-1 count >= 1'],
    [{ trait: 'acme/*' }, 'trait acme/*'],
    [{ trait: 'acme/a b' }, 'trait "acme/a b"'],
    [{ trait: 'acme/car', value: { in: ['x', 1] } }, 'trait acme/car value in ("x", 1)'],
    [
      { event: 'buy', where: { 'properties.a b': { gt: 1, lte: 2 } }, count: { in: [2, 4] } },
      'event buy where("properties.a b" > 1, "properties.a b" <= 2) count in (2, 4)',
    ],
    [
      { event: 'buy', count: { gte: 1 }, days: { lt: 5 }, sum: { field: 'value', ne: 0 }, within: '25h' },
      'event buy count >= 1 days < 5 sum(value) != 0 within 25h',
    ],
    [{ identity: 'email' }, 'identity email'],
    [{ audience: 'vip' }, 'audience vip'],
    [{ any: [{ audience: 'a' }, { audience: 'b' }] }, 'any(audience a, audience b)'],
    [{ trait: 'a/b', value: { gt: 1e21, gte: -0.5 } }, 'trait a/b value > 1e+21 value >= -0.5'],
    [
      { all: [{ any: [{ identity: 'maid' }] }, { not: { event: 'buy', count: { ne: 3 }, within: '60m' } }] },
      'all(any(identity maid), not(event buy count != 3 within 1h))',
    ],
  ])('%j', (rule, text) => {
    expect(ruleText(rule)).toBe(text);
  });

  it('reads the same for the same condition', () => {
    const a: Rule = { event: 'buy', where: { sku: 'x', category: 'y' }, within: '1d' };
    const b: Rule = {
      event: 'buy',
      where: { category: { eq: 'y' }, sku: 'x' },
      within: '24h',
      count: { gte: 1 },
    };
    expect(ruleText(a)).toBe(ruleText(b));
  });

  it('tells text from numbers', () => {
    const wanted = (sku: string | number): string => ruleText({ event: 'buy', where: { sku } });
    expect(wanted('1')).not.toBe(wanted(1));
  });
});
