import { RULE_LIMITS, type Rule, type RuleFault } from './language';
import { leafOf, type Leaf } from './leaf';

export interface RuleReferences {
  /** Ids of audiences it is made of. */
  audiences: string[];
  /** Traits as written: `<provider>/<code>`, `<provider>/<code>/*`. */
  traits: string[];
  /** Event types. */
  events: string[];
}

/** What a rule speaks of, each once, in the order of the rule. Audiences are not looked into. */
export function ruleReferences(rule: Rule): RuleReferences {
  const found = { audiences: new Set<string>(), traits: new Set<string>(), events: new Set<string>() };
  visit(rule);
  return { audiences: [...found.audiences], traits: [...found.traits], events: [...found.events] };

  function visit(part: Rule): void {
    if ('all' in part) part.all.forEach(visit);
    else if ('any' in part) part.any.forEach(visit);
    else if ('not' in part) visit(part.not);
    else if ('audience' in part) found.audiences.add(part.audience);
    else if ('trait' in part) found.traits.add(part.trait);
    else if ('event' in part) found.events.add(part.event);
  }
}

export type ExpandedRule = { ok: true; rule: Rule } | { ok: false; fault: RuleFault };

/**
 * Puts the rules of audiences in the place of `{"audience": id}`. Refuses circles, unknown audiences and what
 * grows beyond the limits. `self` is the id of the audience that the rule belongs to, when it has one.
 */
export function expandAudiences(
  rule: Rule,
  lookup: (audienceId: string) => Rule | undefined,
  self?: string,
): ExpandedRule {
  let leaves = 0;
  // An exception of our own: the walk is deep, and the first fault ends it.
  class Refused extends Error {
    constructor(readonly fault: RuleFault) {
      super(fault.message);
    }
  }
  try {
    return { ok: true, rule: expand(rule, 'rule', 1, self === undefined ? [] : [self]) };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, fault: error.fault };
    throw error;
  }

  function expand(part: Rule, path: string, level: number, inside: string[]): Rule {
    if (level > RULE_LIMITS.expandedLevels) {
      throw new Refused({ path, code: 'too_deep', message: 'audiences within audiences are too deep' });
    }
    if ('all' in part)
      return { all: part.all.map((x, i) => expand(x, `${path}.all[${i}]`, level + 1, inside)) };
    if ('any' in part)
      return { any: part.any.map((x, i) => expand(x, `${path}.any[${i}]`, level + 1, inside)) };
    if ('not' in part) return { not: expand(part.not, `${path}.not`, level + 1, inside) };
    if (!('audience' in part)) {
      leaves += 1;
      if (leaves > RULE_LIMITS.expandedLeaves) {
        const message = `more than ${RULE_LIMITS.expandedLeaves} leaves with its audiences`;
        throw new Refused({ path, code: 'too_many', message });
      }
      return part;
    }
    const id = part.audience;
    const at = `${path}.audience`;
    if (inside.includes(id)) {
      const message = `is in a circle: ${[...inside.slice(inside.indexOf(id)), id].join(' → ')}`;
      throw new Refused({ path: at, code: 'circular_audience', message });
    }
    const found = lookup(id);
    if (found === undefined) {
      throw new Refused({ path: at, code: 'unknown_audience', message: `there is no audience ${id}` });
    }
    // Faults inside another audience are reported where the caller's own rule names it.
    const inner = expandAt(found, path, level + 1, [...inside, id], at);
    return inner;
  }

  function expandAt(found: Rule, path: string, level: number, inside: string[], at: string): Rule {
    try {
      return expand(found, path, level, inside);
    } catch (error) {
      if (error instanceof Refused) throw new Refused({ ...error.fault, path: at });
      throw error;
    }
  }
}

/** What changed in the lake for somebody. */
export interface Change {
  /** Event types; `*` stands for everything. */
  events: readonly string[];
  /** `<provider>/<code>` */
  traits: readonly string[];
  /** Persons themselves changed: links, opt-outs, new people. */
  people: boolean;
}

/** Whether a change can make a difference to any of these leaves. */
export function leavesAffectedBy(leaves: readonly Leaf[], change: Change): boolean {
  if (change.people || change.events.includes('*')) return true;
  return leaves.some((leaf) => leafAffectedBy(leaf, change));
}

function leafAffectedBy(leaf: Leaf, change: Change): boolean {
  switch (leaf.kind) {
    case 'event':
      return change.events.includes(leaf.type);
    case 'trait': {
      const name = `${leaf.provider}/${leaf.code}`;
      return change.traits.some((trait) =>
        leaf.below ? trait.length > name.length && trait.startsWith(name) : trait === name,
      );
    }
    case 'identity':
      return false;
  }
}

/** The same for an expanded rule. */
export function affectedBy(rule: Rule, change: Change): boolean {
  return leavesAffectedBy(factsOf(rule), change);
}

/** All facts of an expanded rule, in order, repeats included. */
export function factsOf(rule: Rule): Leaf[] {
  if ('all' in rule) return rule.all.flatMap(factsOf);
  if ('any' in rule) return rule.any.flatMap(factsOf);
  if ('not' in rule) return factsOf(rule.not);
  if ('audience' in rule) throw new Error(`audience ${rule.audience} was not expanded`);
  return [leafOf(rule)];
}
