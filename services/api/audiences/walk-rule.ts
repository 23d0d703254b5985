import type { LeafRule, Rule } from '../../shared/domain/rule/language';

/** Every leaf with its path, `rule.all[1]`; audiences are not looked into. */
export function* leavesWithPaths(rule: Rule, path = 'rule'): Generator<{ leaf: LeafRule; path: string }> {
  if ('all' in rule) {
    for (const [index, part] of rule.all.entries()) yield* leavesWithPaths(part, `${path}.all[${index}]`);
  } else if ('any' in rule) {
    for (const [index, part] of rule.any.entries()) yield* leavesWithPaths(part, `${path}.any[${index}]`);
  } else if ('not' in rule) {
    yield* leavesWithPaths(rule.not, `${path}.not`);
  } else {
    yield { leaf: rule, path };
  }
}
