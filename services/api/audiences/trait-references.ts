import type { Rule } from '../../shared/domain/rule/language';
import type { ProblemError } from '../../shared/runtime/problem';
import type { TraitDefinition } from '../../shared/stores/catalog/definitions';
import type { Stored } from '../../shared/stores/catalog/resources';
import { refTo } from '../crud/usage';
import type { RuleContext } from './rule-context';
import { leavesWithPaths } from './walk-rule';

/** Traits below a wildcard that are looked at. */
const BELOW_MAX = 10_000;

/**
 * Faults of the traits that a rule names: unknown ones, those of providers that are no more, and sensitive ones,
 * which only an administrator may put into a rule.
 */
export async function unknownTraits(rule: Rule, context: RuleContext): Promise<ProblemError[]> {
  const errors: ProblemError[] = [];
  const known = new Map<string, Stored<TraitDefinition>[]>();
  for (const { leaf, path } of leavesWithPaths(rule)) {
    if (!('trait' in leaf)) continue;
    const traits = known.get(leaf.trait) ?? (await traitsOf(leaf.trait, context));
    known.set(leaf.trait, traits);
    const fault = faultOf(leaf.trait, traits, context);
    if (fault !== undefined) errors.push({ path: `${path}.trait`, ...fault });
  }
  return errors;
}

/** The traits that `<provider>/<code>` or `<provider>/<code>/*` stands for. */
async function traitsOf(trait: string, { resources }: RuleContext): Promise<Stored<TraitDefinition>[]> {
  const provider = trait.slice(0, trait.indexOf('/'));
  if ((await resources.provider.get(provider)) === undefined) return [];
  return trait.endsWith('/*')
    ? resources.trait.startingWith(trait.slice(0, -1), BELOW_MAX)
    : resources.trait.getMany([trait]);
}

function faultOf(
  trait: string,
  traits: readonly Stored<TraitDefinition>[],
  { caller, previousRefs = [] }: RuleContext,
): Omit<ProblemError, 'path'> | undefined {
  if (traits.length === 0) {
    return { code: 'unknown_trait', message: `there is no trait ${trait}` };
  }
  const sensitive = traits.find((stored) => stored.definition.sensitive);
  const before = previousRefs.includes(refTo('trait', trait));
  if (sensitive === undefined || caller.role.kind === 'admin' || before) return undefined;
  return {
    code: 'sensitive_trait',
    message: `${sensitive.id} is sensitive: only an administrator may use it`,
  };
}
