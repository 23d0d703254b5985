import { compileRule } from './compile';
import type { Rule } from './language';
import { ruleReferences, type Change } from './references';

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

describe('affectedBy', () => {
  const none: Change = { events: [], traits: [], people: false };
  const compiled = compileRule(rule, { database: 'muster' });

  it.each<[Partial<Change>, boolean]>([
    [{ events: ['buy'] }, true],
    [{ events: ['view'] }, false],
    [{ events: ['*'] }, true],
    [{ traits: ['acme/car'] }, true],
    [{ traits: ['acme/cars'] }, false],
    [{ traits: ['acme/age/1'] }, true],
    [{ traits: ['acme/age'] }, false],
    [{ traits: ['other/car'] }, false],
    [{ people: true }, true],
    [{}, false],
  ])('%j: %s', (change, expected) => {
    expect(compiled.affectedBy({ ...none, ...change })).toBe(expected);
  });

  it('looks at the own leaves only, in a table shared with other rules', () => {
    expect(
      compileRule({ event: 'view' }, { database: 'muster' }).affectedBy({ ...none, events: ['buy'] }),
    ).toBe(false);
  });
});
