import type { Rule } from './language';
import type { Leaf } from './leaf';

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

/** Providers whose traits a rule asks for, each once, in the order of the rule. Audiences are not looked into. */
export function ruleProviders(rule: Rule): string[] {
  const providers = ruleReferences(rule).traits.map((trait) => trait.slice(0, trait.indexOf('/')));
  return [...new Set(providers)];
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
