import { compileRule } from './compile';
import type { Rule } from './language';
import { ruleProviders, ruleReferences, type Change } from './references';

const rule: Rule = {
  all: [
    { any: [{ trait: 'acme/age/*' }, { trait: 'acme/car' }, { trait: 'acme/car', within: '1d' }] },
    { not: { event: 'buy' } },
    { identity: 'email' },
  ],
};

it('ruleReferences names each thing once', () => {
  expect(
    ruleReferences({ all: [rule, { audience: 'b' }, { not: { audience: 'a' } }, { audience: 'b' }] }),
  ).toEqual({
    audiences: ['b', 'a'],
    traits: ['acme/age/*', 'acme/car'],
    events: ['buy'],
  });
});

it.each<[Rule, Partial<ReturnType<typeof ruleReferences>>]>([
  [{ audience: 'a' }, { audiences: ['a'] }],
  [{ not: { not: { trait: 'acme/*' } } }, { traits: ['acme/*'] }],
  [{ any: [{ all: [{ event: 'buy' }] }] }, { events: ['buy'] }],
  [{ identity: 'email' }, {}],
])('ruleReferences of %j', (written, found) => {
  expect(ruleReferences(written)).toStrictEqual({ audiences: [], traits: [], events: [], ...found });
});

it('ruleProviders names whose traits are asked for, each once', () => {
  const others: Rule[] = [{ not: { trait: 'acme/*' } }, { trait: 'b2b/size/10/50' }, { audience: 'c/d' }];
  expect(ruleProviders({ any: [rule, ...others] })).toEqual(['acme', 'b2b']);
  expect(ruleProviders({ event: 'buy' })).toEqual([]);
});

describe('affectedBy', () => {
  const none: Change = { events: [], traits: [], people: false };

  it.each<[Partial<Change>, boolean]>([
    [{ events: ['buy'] }, true],
    [{ events: ['view'] }, false],
    [{ events: ['view', 'buy'] }, true],
    [{ events: ['*'] }, true],
    [{ traits: ['acme/car'] }, true],
    [{ traits: ['acme/cars'] }, false],
    [{ traits: ['acme/age/1'] }, true],
    [{ traits: ['acme/age'] }, false],
    [{ traits: ['acme/age/'] }, false],
    [{ traits: ['other/age/1'] }, false],
    [{ traits: ['acme/x', 'acme/car'] }, true],
    [{ traits: ['other/car'] }, false],
    [{ people: true }, true],
    [{}, false],
  ])('%j: %s', (change, expected) => {
    const compiled = compileRule(rule, { database: 'muster' });
    expect(compiled.affectedBy({ ...none, ...change })).toBe(expected);
  });

  it('an identity changes only with the person', () => {
    const email = compileRule({ identity: 'email' }, { database: 'muster' });
    expect(email.affectedBy({ ...none, events: ['email'], traits: ['acme/email'] })).toBe(false);
    expect(email.affectedBy({ ...none, people: true })).toBe(true);
  });

  it('looks at the own leaves only, in a table shared with other rules', () => {
    expect(
      compileRule({ event: 'view' }, { database: 'muster' }).affectedBy({ ...none, events: ['buy'] }),
    ).toBe(false);
  });
});
