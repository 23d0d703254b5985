import { expandAudiences } from '../../shared/domain/rule/expand';
import type { Rule } from '../../shared/domain/rule/language';
import { parseRule } from '../../shared/domain/rule/parse';
import { ruleReferences } from '../../shared/domain/rule/references';
import type { ProblemError } from '../../shared/runtime/problem';
import type { ResourceReaders } from '../../shared/stores/catalog/catalog';
import type { AudienceDefinition } from '../../shared/stores/catalog/definitions';
import type { Stored } from '../../shared/stores/catalog/resources';
import { refTo } from '../crud/usage';
import { invalid } from '../http/api-problem';
import type { RuleContext } from './rule-context';
import { unknownTraits } from './trait-references';
import { leavesWithPaths } from './walk-rule';

export interface AcceptedRule {
  /** As written. */
  rule: Rule;
  /** With the rules of its audiences in their places. */
  expanded: Rule;
  refs: string[];
}

/** Checks a rule and everything it names. Throws ApiProblem 422 with every fault and its path. */
export async function acceptRule(input: unknown, context: RuleContext): Promise<AcceptedRule> {
  if (input === undefined) {
    throw invalid([{ path: 'rule', code: 'missing_field', message: 'is required' }]);
  }
  const parsed = parseRule(input);
  if (!parsed.ok) throw invalid(parsed.faults);
  const { rule } = parsed;
  const errors = [...(await unknownAudiences(rule, context)), ...(await unknownTraits(rule, context))];
  if (errors.length > 0) throw invalid(errors);
  const rules = await rulesWithin(rule, context.resources);
  const expanded = expandAudiences(rule, { lookup: (id) => rules.get(id), self: context.self });
  if (!expanded.ok) throw invalid([expanded.fault]);
  return { rule, expanded: expanded.rule, refs: refsOf(rule) };
}

/** Rules of every audience that a rule is made of, however deep. */
export async function rulesWithin(rule: Rule, resources: ResourceReaders): Promise<Map<string, Rule>> {
  const rules = new Map<string, Rule>();
  let wanted = ruleReferences(rule).audiences;
  while (wanted.length > 0) {
    const found = await resources.audience.getMany(wanted);
    for (const { id, definition } of found) rules.set(id, definition.rule);
    wanted = found
      .flatMap(({ definition }) => ruleReferences(definition.rule).audiences)
      .filter((id) => !rules.has(id));
  }
  return rules;
}

/** Nobody may reach through an audience to what another owner defined. */
function mayUse(ownerId: RuleContext['ownerId'], audience: Stored<AudienceDefinition>): boolean {
  return ownerId === undefined || audience.ownerId === null || audience.ownerId === ownerId;
}

async function unknownAudiences(rule: Rule, context: RuleContext): Promise<ProblemError[]> {
  const { audiences } = ruleReferences(rule);
  const found = await context.resources.audience.getMany(audiences);
  const usable = new Set(
    found.filter((audience) => mayUse(context.ownerId, audience)).map((audience) => audience.id),
  );
  return [...leavesWithPaths(rule)].flatMap(({ leaf, path }) =>
    'audience' in leaf && !usable.has(leaf.audience)
      ? [
          {
            path: `${path}.audience`,
            code: 'unknown_audience',
            message: `there is no audience ${leaf.audience}`,
          },
        ]
      : [],
  );
}

function refsOf(rule: Rule): string[] {
  const { audiences, traits } = ruleReferences(rule);
  const providers = new Set(traits.map((trait) => trait.slice(0, trait.indexOf('/'))));
  return [
    ...audiences.map((id) => refTo('audience', id)),
    ...traits.map((trait) => refTo('trait', trait)),
    ...[...providers].map((id) => refTo('provider', id)),
  ];
}
