import { catalogIdPattern, IDENTITY_KINDS } from '../identity';
import { parseDecimal } from '../money';
import { parseDuration } from '../time';
import {
  COMPARE_OPERATORS,
  RULE_LIMITS,
  WHERE_FIELDS,
  type Rule,
  type RuleFault,
  type RuleFaultCode,
} from './language';

export type ParsedRule = { ok: true; rule: Rule } | { ok: false; faults: RuleFault[] };

/** More than this helps nobody, and an answer has to end. */
const FAULTS_MAX = 100;

/**
 * Checks untrusted input against the rule language (language.ts): every fault at once, each with its
 * path (`rule.all[1].within`). Work is bounded by the limits, whatever the size or depth of the input.
 */
export function parseRule(input: unknown): ParsedRule {
  const walk = new RuleWalk();
  walk.rule(input, 'rule', 1);
  return walk.faults.length === 0 ? { ok: true, rule: input as Rule } : { ok: false, faults: walk.faults };
}

type Fields = Record<string, unknown>;
type OperandKind = 'scalar' | 'integer' | 'decimal';

const BRANCHES = ['all', 'any', 'not', 'trait', 'event', 'audience', 'identity'] as const;
const FIELDS_OF: Readonly<Record<(typeof BRANCHES)[number], readonly string[]>> = {
  all: [],
  any: [],
  not: [],
  trait: ['within', 'value'],
  event: ['where', 'within', 'count', 'days', 'sum'],
  audience: [],
  identity: [],
};
const KINDS: ReadonlySet<unknown> = new Set(IDENTITY_KINDS);
const OPERATORS: ReadonlySet<string> = new Set(COMPARE_OPERATORS);
const FIELDS: ReadonlySet<string> = new Set(WHERE_FIELDS);
const PROPERTY = /^properties\../su;

class RuleWalk {
  readonly faults: RuleFault[] = [];
  private leaves = 0;

  rule(input: unknown, path: string, level: number): void {
    if (level > RULE_LIMITS.levels) {
      this.fault(path, 'too_deep', `rules have at most ${RULE_LIMITS.levels} levels`);
      return;
    }
    const rule = this.object(input, path);
    if (rule === undefined) return;
    const branches = BRANCHES.filter((name) => Object.hasOwn(rule, name));
    const [branch] = branches;
    if (branch === undefined) {
      this.fault(path, 'missing_field', `needs one of ${BRANCHES.join(', ')}`);
      return;
    }
    for (const other of branches.slice(1)) {
      this.fault(`${path}.${other}`, 'unknown_field', `cannot stand beside ${branch}`);
    }
    const known = [...branches, ...FIELDS_OF[branch]];
    this.unknownFields(rule, known, path);
    const inner = `${path}.${branch}`;
    switch (branch) {
      case 'all':
      case 'any':
        this.list(rule[branch], inner, level);
        return;
      case 'not':
        this.rule(rule.not, inner, level + 1);
        return;
      case 'trait':
        this.leaf(path);
        this.trait(rule, path);
        return;
      case 'event':
        this.leaf(path);
        this.event(rule, path);
        return;
      case 'audience':
        this.leaf(path);
        if (this.text(rule.audience, inner) && !catalogIdPattern.test(rule.audience as string)) {
          this.fault(inner, 'invalid_value', 'is not the id of an audience');
        }
        return;
      case 'identity':
        this.leaf(path);
        if (!KINDS.has(rule.identity)) {
          this.fault(inner, 'invalid_value', `must be one of ${IDENTITY_KINDS.join(', ')}`);
        }
    }
  }

  private list(input: unknown, path: string, level: number): void {
    if (!Array.isArray(input)) {
      this.fault(path, 'invalid_type', 'must be a list of rules');
    } else if (input.length === 0) {
      this.fault(path, 'empty', 'must have at least one rule');
    } else {
      for (const [index, item] of input.entries()) {
        if (this.exhausted()) return;
        this.rule(item, `${path}[${index}]`, level + 1);
      }
    }
  }

  private trait(rule: Fields, path: string): void {
    if (this.text(rule.trait, `${path}.trait`)) {
      const name = rule.trait as string;
      const slash = name.indexOf('/');
      if (!catalogIdPattern.test(name.slice(0, Math.max(slash, 0))) || slash === name.length - 1) {
        this.fault(`${path}.trait`, 'invalid_value', 'must be <provider>/<code>');
      }
    }
    this.within(rule, path);
    if (Object.hasOwn(rule, 'value')) this.compare(rule.value, `${path}.value`, 'scalar');
  }

  private event(rule: Fields, path: string): void {
    this.text(rule.event, `${path}.event`);
    if (Object.hasOwn(rule, 'where')) this.where(rule.where, `${path}.where`);
    this.within(rule, path);
    if (Object.hasOwn(rule, 'count')) this.compare(rule.count, `${path}.count`, 'integer');
    if (Object.hasOwn(rule, 'days')) this.compare(rule.days, `${path}.days`, 'integer');
    if (Object.hasOwn(rule, 'sum')) this.sum(rule.sum, `${path}.sum`);
  }

  private sum(input: unknown, path: string): void {
    const sum = this.object(input, path);
    if (sum === undefined) return;
    if (!Object.hasOwn(sum, 'field')) this.fault(`${path}.field`, 'missing_field', 'is required');
    else if (sum.field !== 'value') this.fault(`${path}.field`, 'invalid_value', 'must be "value"');
    this.compare(sum, path, 'decimal', ['field']);
  }

  private where(input: unknown, path: string): void {
    const where = this.object(input, path);
    if (where === undefined) return;
    const entries = Object.entries(where);
    if (entries.length > RULE_LIMITS.whereFields) {
      this.fault(path, 'too_many', `has more than ${RULE_LIMITS.whereFields} fields`);
      return;
    }
    for (const [field, wanted] of entries) {
      const at = `${path}.${field.slice(0, 100)}`;
      const property = PROPERTY.test(field);
      if (field.length > RULE_LIMITS.textChars) this.fault(at, 'too_long', 'the name is too long');
      else if (!property && !FIELDS.has(field)) {
        this.fault(at, 'unknown_field', `must be one of ${WHERE_FIELDS.join(', ')}, properties.<name>`);
      } else if (Array.isArray(wanted)) this.items(wanted, at, 'scalar', property);
      else if (typeof wanted === 'object' && wanted !== null) this.compare(wanted, at, 'scalar');
      else this.operand(wanted, at, 'scalar', property);
    }
  }

  private compare(input: unknown, path: string, kind: OperandKind, beside: readonly string[] = []): void {
    const compare = this.object(input, path);
    if (compare === undefined) return;
    this.unknownFields(compare, [...COMPARE_OPERATORS, ...beside], path);
    let operators = 0;
    for (const [operator, operand] of Object.entries(compare)) {
      if (!OPERATORS.has(operator)) continue;
      operators += 1;
      if (operator !== 'in') this.operand(operand, `${path}.${operator}`, kind, false);
      else if (Array.isArray(operand)) this.items(operand, `${path}.in`, kind, false);
      else this.fault(`${path}.in`, 'invalid_type', 'must be a list');
    }
    if (operators === 0) this.fault(path, 'empty', `needs one of ${COMPARE_OPERATORS.join(', ')}`);
  }

  private items(items: unknown[], path: string, kind: OperandKind, truth: boolean): void {
    if (items.length === 0) this.fault(path, 'empty', 'must have at least one item');
    if (items.length > RULE_LIMITS.listItems) {
      this.fault(path, 'too_many', `has more than ${RULE_LIMITS.listItems} items`);
      return;
    }
    for (const [index, item] of items.entries()) this.operand(item, `${path}[${index}]`, kind, truth);
  }

  private operand(input: unknown, path: string, kind: OperandKind, truth: boolean): void {
    switch (kind) {
      case 'integer':
        if (!Number.isSafeInteger(input)) this.fault(path, 'invalid_type', 'must be a whole number');
        return;
      case 'decimal':
        if (typeof input === 'string') {
          const decimal = parseDecimal(input);
          if (!decimal.ok) this.fault(path, 'invalid_value', decimal.message);
          return;
        }
        if (!Number.isFinite(input)) this.fault(path, 'invalid_type', 'must be a number');
        return;
      case 'scalar':
        if (typeof input === 'string') this.length(input, path);
        else if (truth && typeof input === 'boolean') return;
        else if (!Number.isFinite(input)) {
          this.fault(path, 'invalid_type', `must be a number${truth ? ', truth value' : ''} or text`);
        }
    }
  }

  private within(rule: Fields, path: string): void {
    if (!Object.hasOwn(rule, 'within')) return;
    if (typeof rule.within !== 'string') {
      this.fault(`${path}.within`, 'invalid_type', 'must be text, such as "7d"');
    } else if (parseDuration(rule.within) === null) {
      this.fault(`${path}.within`, 'invalid_value', 'must be <n>m, <n>h or <n>d, from 1m to 400d');
    }
  }

  private text(input: unknown, path: string): boolean {
    if (typeof input !== 'string') this.fault(path, 'invalid_type', 'must be text');
    else if (input === '') this.fault(path, 'invalid_value', 'must not be empty');
    else return this.length(input, path);
    return false;
  }

  private length(text: string, path: string): boolean {
    if (text.length <= RULE_LIMITS.textChars) return true;
    this.fault(path, 'too_long', `has more than ${RULE_LIMITS.textChars} characters`);
    return false;
  }

  private object(input: unknown, path: string): Fields | undefined {
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Fields;
    this.fault(path, 'invalid_type', 'must be an object');
    return undefined;
  }

  private unknownFields(object: Fields, known: readonly string[], path: string): void {
    for (const name of Object.keys(object)) {
      if (this.exhausted()) return;
      if (!known.includes(name)) {
        this.fault(`${path}.${name.slice(0, 100)}`, 'unknown_field', 'is not known here');
      }
    }
  }

  private leaf(path: string): void {
    this.leaves += 1;
    if (this.leaves === RULE_LIMITS.leaves + 1) {
      this.fault(path, 'too_many', `rules have at most ${RULE_LIMITS.leaves} leaves`);
    }
  }

  /** Bounds the work: every part of a rule leads to a leaf or a fault within a few levels. */
  private exhausted(): boolean {
    return this.leaves > RULE_LIMITS.leaves || this.faults.length >= FAULTS_MAX;
  }

  private fault(path: string, code: RuleFaultCode, message: string): void {
    if (this.faults.length < FAULTS_MAX) this.faults.push({ path, code, message });
  }
}
