/**
 * The rule language of audiences, as people write it. Pure types and limits; `parse.ts` checks untrusted
 * input, `text.ts` prints it, `compile.ts` gives it its one meaning.
 */

import type { IdentityKind } from '../identity';

/** A point of a rule: a combination of rules or one fact about a person. */
export type Rule = AllRule | AnyRule | NotRule | LeafRule;
/** A single fact. `{"audience": id}` is a leaf as written and is inlined before anything is compiled. */
export type LeafRule = FactRule | AudienceRef;
/** What the compiler knows: facts in the lake. */
export type FactRule = TraitRule | EventRule | IdentityRule;

export interface AllRule {
  all: Rule[];
}
export interface AnyRule {
  any: Rule[];
}
/** Within all known people. */
export interface NotRule {
  not: Rule;
}

/** Holds a third-party trait: its latest record is a set whose ttl has not run out. */
export interface TraitRule {
  /** `<provider>/<code>`; a code ending in `/*` means any trait below it, not itself. */
  trait: string;
  within?: Duration;
  value?: Compare;
}

/** Did something, so often, on so many UTC days, for so much. */
export interface EventRule {
  event: string;
  where?: Record<string, Scalar | Scalar[] | Compare>;
  within?: Duration;
  /** Default `{"gte": 1}` where neither `days` nor `sum` is given. */
  count?: Compare;
  days?: Compare;
  sum?: SumCompare;
}

export interface AudienceRef {
  audience: string;
}

/** Has an identity of that kind. */
export interface IdentityRule {
  identity: IdentityKind;
}

/** Several operators hold together. */
export interface Compare {
  eq?: Operand;
  ne?: Operand;
  gt?: Operand;
  gte?: Operand;
  lt?: Operand;
  lte?: Operand;
  in?: Operand[];
}
export interface SumCompare extends Compare {
  field: 'value';
}
export type Operand = number | string;
/** Truth values are for `properties.*`. */
export type Scalar = number | string | boolean;

/** `<n>m`, `<n>h` or `<n>d`, 1 minute to 400 days. */
export type Duration = string;

export const COMPARE_OPERATORS = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in'] as const;

/** Fields an event's `where` may name, besides `properties.<key>`. */
export const WHERE_FIELDS = [
  'url',
  'domain',
  'path',
  'category',
  'sku',
  'value',
  'currency',
  'publisher',
] as const;

export const RULE_LIMITS = {
  /** Levels of a rule as written; a lone leaf is one level. */
  levels: 10,
  leaves: 200,
  /** Of a rule after its audiences were inlined. */
  expandedLevels: 64,
  expandedLeaves: 2_000,
  listItems: 1_000,
  whereFields: 50,
  textChars: 1_024,
} as const;

/** What is wrong with a rule, and where: `rule.all[1].within`. */
export interface RuleFault {
  path: string;
  code: RuleFaultCode;
  message: string;
}
export type RuleFaultCode =
  | 'invalid_type'
  | 'invalid_value'
  | 'missing_field'
  | 'unknown_field'
  | 'empty'
  | 'too_deep'
  | 'too_many'
  | 'too_long'
  | 'unknown_audience'
  | 'circular_audience';
