import { evaluate, type Clause, type State } from '../../shared/domain/rule/evaluate';
import type { Rule } from '../../shared/domain/rule/language';
import { ruleText } from '../../shared/domain/rule/text';
import type { Evidence } from './leaf-evidence';

/** One clause of a rule and why it holds or not. */
export interface ExplainedClause {
  /** `rule.all[1]` */
  path: string;
  /** The clause in one line. */
  clause: string;
  holds: boolean;
  /** Until when, without news; null: as long as nothing comes. */
  until: string | null;
  /** Of a leaf: what there is. */
  found?: Evidence;
  /** Of a combination, or of an audience its own rule. */
  parts?: ExplainedClause[];
}

export interface ExplainOptions {
  /** Rules of the audiences that the rule is made of. */
  rules: ReadonlyMap<string, Rule>;
  stateOf: (leaf: number) => State;
  evidenceOf: (leaf: number) => Evidence | undefined;
}

/** Walks a rule as written beside its compiled clause, in which the rules of audiences stand in their places. */
export function explainRule(
  rule: Rule,
  clause: Clause,
  options: ExplainOptions,
  path = 'rule',
): ExplainedClause {
  const { holds, until } = evaluate(clause, options.stateOf);
  const said = { path, clause: ruleText(rule), holds, until: momentOf(until) };
  if ('audience' in rule) {
    const inner = options.rules.get(rule.audience);
    if (inner === undefined) throw new Error(`audience ${rule.audience} was not loaded`);
    return { ...said, parts: [explainRule(inner, clause, options, `audience(${rule.audience})`)] };
  }
  switch (clause.op) {
    case 'leaf': {
      const found = options.evidenceOf(clause.leaf);
      return { ...said, ...(found === undefined ? {} : { found }) };
    }
    case 'not':
      if (!('not' in rule)) throw misfit(path);
      return { ...said, parts: [explainRule(rule.not, clause.of, options, `${path}.not`)] };
    case 'all':
    case 'any': {
      const written = clause.op === 'all' && 'all' in rule ? rule.all : 'any' in rule ? rule.any : undefined;
      if (written?.length !== clause.of.length) throw misfit(path);
      return {
        ...said,
        parts: written.map((part, index) => {
          const compiled = clause.of[index];
          if (compiled === undefined) throw misfit(path);
          return explainRule(part, compiled, options, `${path}.${clause.op}[${index}]`);
        }),
      };
    }
  }
}

function misfit(path: string): Error {
  return new Error(`the compiled rule is not the written one at ${path}`);
}

function momentOf(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}
