/** Random news for the whole path: what people, providers, partners and those who define audiences may do. */
import fc from 'fast-check';
import type { Rule } from '../../shared/domain/rule/language';
import * as arbitrary from '../../shared/domain/rule/testing/arbitrary';
import type { WorldEvent, WorldTrait } from '../../shared/domain/rule/testing/world';

/** Cookies first, then partners' ids, then what never moves. */
export const COOKIES = 5;
export const PARTNER_IDS = 4;
export const OTHERS = ['email', 'maid', 'phone', 'eid', 'customer', 'email'] as const;
const IDENTITIES = COOKIES + PARTNER_IDS + OTHERS.length;
/** Audiences with rules of their own; one more is made of the first two. */
export const AUDIENCES = 4;
/** The first of them, which have rules that many meet. */
const COMMON_AUDIENCES = 2;

/** Times are relative to the moment of the operation, in ms; identities are numbers below `IDENTITIES`. */
export type Operation =
  | { do: 'event'; identities: number[]; event: WorldEvent; agoMs: number; page: number; denied: boolean }
  | { do: 'trait'; identity: number; trait: WorldTrait; agoMs: number; denied: boolean }
  | { do: 'sync'; cookie: number; partnerId: number | undefined; partner: number; agoMs: number }
  | { do: 'choose'; identities: number[]; out: boolean; agoMs: number }
  | { do: 'repeat'; which: number }
  | { do: 'rule'; audience: number; rule: Rule }
  | { do: 'jump'; byMs: number }
  | { do: 'wait'; ms: number }
  | { do: 'settle' };

const identity = fc.nat(IDENTITIES - 1);
const denied = fc.integer({ min: 0, max: 11 }).map((n) => n === 0);
/** Few values, so that records are often of the same moment or in the wrong order. */
const recently = fc.constantFrom(0, 0, 1, 1, 2, 1_000, 60_000);

const event = fc.record({
  do: fc.constant('event' as const),
  identities: fc.oneof(
    { weight: 2, arbitrary: fc.array(identity, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(identity, { minLength: 2, maxLength: 3 }) },
  ),
  page: fc.nat(3),
  denied,
  event: arbitrary.event([0]),
});

const trait = fc.record({
  do: fc.constant('trait' as const),
  identity,
  denied,
  trait: arbitrary.trait([0]),
});

/** Rules that many people meet, and leave as time goes on: of most random rules nobody is ever a member. */
const common: fc.Arbitrary<Rule> = fc
  .tuple(
    fc.oneof(
      fc.record({ event: fc.constantFrom('view', 'buy'), within: fc.constantFrom(...arbitrary.WITHINS) }),
      fc.record({ trait: fc.constantFrom('acme/*', 'acme/age', 'acme/age/*', 'zeta/*') }),
    ),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(([rule, n]) => (n === 0 ? { not: rule } : rule));

const jump = fc.record({
  do: fc.constant('jump' as const),
  byMs: fc.constantFrom(1, 1_000, 59_000, 60_000, 300_000, 3_600_000, 5_400_000, 23 * 3_600_000),
});

const sync = fc.record({
  do: fc.constant('sync' as const),
  cookie: fc.nat(COOKIES - 1),
  partnerId: fc.option(fc.nat(PARTNER_IDS - 1), { nil: undefined, freq: 6 }),
  partner: fc.nat(1),
  agoMs: recently,
});

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 24, arbitrary: event.map((op) => ({ ...op, agoMs: arbitrary.NOW - op.event.at })) },
  { weight: 24, arbitrary: trait.map((op) => ({ ...op, agoMs: arbitrary.NOW - op.trait.at })) },
  { weight: 12, arbitrary: sync },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('choose' as const),
      identities: fc.array(identity, { minLength: 1, maxLength: 2 }),
      out: fc.boolean(),
      agoMs: recently,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('repeat' as const), which: fc.nat() }) },
  {
    weight: 4,
    arbitrary: fc.nat(AUDIENCES - 1).chain((audience) =>
      fc.record({
        do: fc.constant('rule' as const),
        audience: fc.constant(audience),
        rule: audience < COMMON_AUDIENCES ? common : arbitrary.rule,
      }),
    ),
  },
  { weight: 5, arbitrary: jump },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 10, 50, 150) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'settle' as const }) },
);

export interface Scenario {
  rules: Rule[];
  operations: Operation[];
  /** After all news was seen to: only links change and time passes, so that nothing else covers for it. */
  quiet: Operation[];
}

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  rules: fc.tuple(common, common, arbitrary.rule, arbitrary.rule),
  operations: fc.array(operation, { minLength: 60, maxLength: 100, size: 'max' }),
  quiet: fc.array(fc.oneof(sync, jump), { maxLength: 4 }),
});
