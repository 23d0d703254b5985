import { RULE_LIMITS, type Rule, type RuleFault, type RuleFaultCode } from './language';

export type ExpandedRule = { ok: true; rule: Rule } | { ok: false; fault: RuleFault };

export interface ExpandOptions {
  /** The rule of an audience as written; undefined where there is none. */
  lookup: (audienceId: string) => Rule | undefined;
  /** Id of the audience that the rule belongs to, when it has one: it may not lead back to it. */
  self?: string;
}

/**
 * Puts the rules of audiences in the place of `{"audience": id}`. Refuses circles, unknown audiences and what
 * grows beyond the limits; the fault's path is that of the caller's own rule.
 */
export function expandAudiences(rule: Rule, options: ExpandOptions): ExpandedRule {
  const expansion = new Expansion(options.lookup);
  const expanded = expansion.expand(rule, 'rule', 1, options.self === undefined ? [] : [options.self]);
  return expansion.fault === undefined ? { ok: true, rule: expanded } : { ok: false, fault: expansion.fault };
}

class Expansion {
  /** The first fault; nothing is expanded after it. */
  fault: RuleFault | undefined;
  private leaves = 0;

  constructor(private readonly lookup: ExpandOptions['lookup']) {}

  /** `inside` are the audiences being expanded, outermost first; within one, `path` stands still. */
  expand(rule: Rule, path: string, level: number, inside: readonly string[], still = false): Rule {
    if (this.fault !== undefined) return rule;
    if (level > RULE_LIMITS.expandedLevels) {
      return this.refuse(rule, path, 'too_deep', 'audiences within audiences are too deep');
    }
    const inner = (part: Rule, step: string): Rule =>
      this.expand(part, still ? path : `${path}.${step}`, level + 1, inside, still);
    if ('all' in rule) return { all: rule.all.map((part, index) => inner(part, `all[${index}]`)) };
    if ('any' in rule) return { any: rule.any.map((part, index) => inner(part, `any[${index}]`)) };
    if ('not' in rule) return { not: inner(rule.not, 'not') };
    if ('audience' in rule) {
      return this.inline(rule, rule.audience, still ? path : `${path}.audience`, level, inside);
    }
    this.leaves += 1;
    return this.leaves <= RULE_LIMITS.expandedLeaves
      ? rule
      : this.refuse(
          rule,
          path,
          'too_many',
          `more than ${RULE_LIMITS.expandedLeaves} leaves with its audiences`,
        );
  }

  private inline(leaf: Rule, id: string, path: string, level: number, inside: readonly string[]): Rule {
    if (inside.includes(id)) {
      const circle = [...inside.slice(inside.indexOf(id)), id].join(' → ');
      return this.refuse(leaf, path, 'circular_audience', `is in a circle: ${circle}`);
    }
    const rule = this.lookup(id);
    return rule === undefined
      ? this.refuse(leaf, path, 'unknown_audience', `there is no audience ${id}`)
      : this.expand(rule, path, level + 1, [...inside, id], true);
  }

  private refuse(rule: Rule, path: string, code: RuleFaultCode, message: string): Rule {
    this.fault = { path, code, message };
    return rule;
  }
}
