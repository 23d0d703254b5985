/** Random worlds and rules that meet each other often: few names, times on the edges of windows. */
import fc from 'fast-check';
import { IDENTITY_KINDS } from '../../identity';
import type { Compare, FactRule, Rule, Scalar } from '../language';
import type { World, WorldEvent, WorldTrait } from './world';

/** Not on the edge of a minute, hour or day, but near midnight UTC, so that days matter. */
export const NOW = Date.UTC(2024, 4, 17, 1, 23, 45, 678);
export const WITHINS = ['1m', '90m', '24h', '7d', '30d'] as const;
const LENGTHS = [60_000, 5_400_000, 86_400_000, 604_800_000, 2_592_000_000];
const TYPES = ['view', 'buy'];
const CODES = ['age', 'age/1', 'age/2', 'age/2/x', 'car'];
const NUMBERS = [0, 1, -1.5, 0.1, 0.2, 0.3, 10, 2.5, 1e-7, 999999999999.999, 1e20, 123456.654321];
const DECIMALS = [
  '0',
  '1',
  '-1.5',
  '0.1',
  '0.2',
  '0.3',
  '10',
  '2.5',
  '123456.654321',
  '999999999999.999999',
  '-999999999999.999999',
];
const TEXTS = ['', 'a', 'b', 'A', '1', '10', "o'x\\", 'ü\n😀', '￿'];

const at = fc
  .tuple(
    fc.constantFrom(0, 0, ...LENGTHS, ...LENGTHS, 3_600_000, 90_000_000, 40 * 86_400_000),
    fc.constantFrom(-1, 0, 0, 1, 2, 1_000, 300_000, -5_400_000),
  )
  .map(([ago, off]) => Math.min(NOW - ago + off, NOW + 300_000));

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });

const propertyValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...NUMBERS, ...TEXTS, true, false, null),
  fc.constantFrom<unknown>([], ['a'], { b: 1 }, { b: 'a' }, { 'b.c': 2, b: { c: 1 } }),
);

/** An event of one of these identity numbers, dated relative to `NOW`. */
export function event(iids: readonly number[]): fc.Arbitrary<WorldEvent> {
  const text = optional(fc.constantFrom(...TEXTS));
  return fc.record({
    iid: fc.constantFrom(...iids),
    type: fc.constantFrom(...TYPES),
    at,
    url: text,
    domain: text,
    path: text,
    category: text,
    sku: text,
    publisher: text,
    currency: optional(fc.constantFrom('EUR', 'USD')),
    value: optional(fc.constantFrom(...DECIMALS)),
    properties: optional(
      fc.dictionary(fc.constantFrom('p', 'q', 'p.b', "it's"), propertyValue, {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    ),
  });
}

/** A trait record of one of these identity numbers, dated relative to `NOW`. */
export function trait(iids: readonly number[]): fc.Arbitrary<WorldTrait> {
  return fc
    .record({
      iid: fc.constantFrom(...iids),
      provider: fc.constantFrom('acme', 'acme', 'zeta'),
      code: fc.constantFrom(...CODES),
      at,
      op: fc.constantFrom('set' as const, 'set' as const, 'unset' as const),
      value: fc.oneof(
        fc.constant(undefined),
        fc.constantFrom(...DECIMALS).map((number) => ({ number })),
        fc.constantFrom(...TEXTS.slice(1)).map((text) => ({ text })),
      ),
      ttlMs: fc.constantFrom(...LENGTHS, 3_600_000, 90_000_000),
    })
    .map((record) => (record.op === 'unset' ? { ...record, value: undefined } : record));
}

export const world: fc.Arbitrary<World> = fc
  .array(fc.array(fc.constantFrom(...IDENTITY_KINDS), { minLength: 1, maxLength: 3 }), {
    minLength: 2,
    maxLength: 9,
  })
  .chain((people) => {
    // Dealt out in turns, so that a person's numbers are not next to each other.
    let next = 1;
    const longest = Math.max(...people.map((kinds) => kinds.length));
    const identities = people.map((): World['people'][number]['identities'] => []);
    for (let turn = 0; turn < longest; turn += 1) {
      for (const [index, kinds] of people.entries()) {
        const kind = kinds[turn];
        if (kind !== undefined) identities[index]?.push({ iid: next++, kind });
      }
    }
    const iids = Array.from({ length: next - 1 }, (_, index) => index + 1);
    return fc.record({
      now: fc.constant(NOW),
      people: fc.constant(identities.map((each) => ({ identities: each }))),
      events: fc.array(event(iids), { maxLength: 60 }),
      traits: fc.array(trait(iids), { maxLength: 60 }),
      choices: fc.array(
        fc.record({
          iid: fc.constantFrom(...iids),
          at: fc.constantFrom(NOW - 2, NOW - 1, NOW - 1, NOW),
          optedOut: fc.boolean(),
        }),
        { maxLength: 3 },
      ),
    });
  });

function compare(operand: fc.Arbitrary<string | number>, most = 2): fc.Arbitrary<Compare> {
  const one = fc.oneof(
    fc.tuple(fc.constantFrom('eq', 'ne', 'gt', 'gte', 'lt', 'lte'), operand),
    fc.tuple(fc.constant('in'), fc.array(operand, { minLength: 1, maxLength: 3 })),
  );
  return fc
    .array(one, { minLength: 1, maxLength: most })
    .map((tests) => Object.fromEntries(tests) as Compare);
}

const scalar: fc.Arbitrary<string | number> = fc.constantFrom<string | number>(...NUMBERS, ...TEXTS);
const integer = fc.constantFrom(0, 1, 1, 2, 3, -1);
const TEXT_FIELDS = ['url', 'domain', 'path', 'category', 'sku', 'publisher', 'currency'];
const PROPERTY_FIELDS = [
  'properties.p',
  'properties.q',
  'properties.p.b',
  "properties.it's",
  'properties.p.b.c',
  'properties.zz',
];

const condition: fc.Arbitrary<[string, Scalar | Scalar[] | Compare]> = fc.oneof(
  fc.tuple(fc.constantFrom(...TEXT_FIELDS, 'value', ...PROPERTY_FIELDS), fc.oneof(scalar, compare(scalar))),
  fc.tuple(fc.constantFrom(...TEXT_FIELDS, 'value'), fc.array(scalar, { minLength: 1, maxLength: 4 })),
  fc.tuple(
    fc.constantFrom(...PROPERTY_FIELDS),
    fc.oneof(fc.boolean(), fc.array(fc.oneof(scalar, fc.boolean()), { minLength: 1, maxLength: 4 })),
  ),
  fc.tuple(fc.constant('currency'), fc.constantFrom('EUR', 'USD')),
);

const within = optional(fc.constantFrom(...WITHINS));

export const fact: fc.Arbitrary<FactRule> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .record({
        event: fc.constantFrom(...TYPES),
        where: optional(fc.array(condition, { maxLength: 2 }).map((fields) => Object.fromEntries(fields))),
        within,
        count: optional(compare(integer)),
        days: optional(compare(integer)),
        sum: optional(
          compare(fc.constantFrom<string | number>(...NUMBERS, '0.30', '-1.5')).map((test) => ({
            field: 'value' as const,
            ...test,
          })),
        ),
      })
      .map(defined),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({
        trait: fc
          .constantFrom(...CODES, 'age/*', '*', 'age/2/*')
          .chain((code) => fc.constantFrom(`acme/${code}`, `acme/${code}`, `zeta/${code}`)),
        within,
        value: optional(compare(scalar)),
      })
      .map(defined),
  },
  { weight: 1, arbitrary: fc.constantFrom(...IDENTITY_KINDS).map((identity) => ({ identity })) },
);

export const rule: fc.Arbitrary<Rule> = fc.letrec<{
  rule: Rule;
  leaf: Rule;
  all: Rule;
  any: Rule;
  not: Rule;
}>((tie) => ({
  rule: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    tie('all'),
    tie('any'),
    tie('not'),
  ),
  leaf: fact,
  all: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
  any: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
  not: tie('rule').map((not) => ({ not })),
})).rule;

/** As JSON would bring it: no field that is undefined. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}
