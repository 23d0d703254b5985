import { expandAudiences } from '../../shared/domain/rule/expand';
import type { Rule } from '../../shared/domain/rule/language';
import { ruleText } from '../../shared/domain/rule/text';
import type { CatalogChange } from '../../shared/stores/catalog/catalog';
import type { AudienceDefinition } from '../../shared/stores/catalog/definitions';
import type { Stored } from '../../shared/stores/catalog/resources';
import { refTo } from '../crud/usage';
import { invalid } from '../http/api-problem';
import { rulesWithin } from './accept-rule';

const DEPENDANTS_MAX = 10_000;

/**
 * Begins a new version of an audience whose meaning changed, and of every audience made of it: a version's number
 * never means two things. A change of name alone begins none.
 */
export async function beginVersions(
  change: CatalogChange,
  stored: Stored<AudienceDefinition>,
  previous: Stored<AudienceDefinition> | undefined,
): Promise<void> {
  if (previous === undefined) {
    await change.audienceStates.begin({ id: stored.id, number: await nextNumber(change), version: 1 });
    return;
  }
  if (ruleText(stored.definition.rule) === ruleText(previous.definition.rule)) return;
  const dependants = await dependantsOf(change, stored.id);
  for (const dependant of dependants) await refuseOutgrown(change, dependant, stored.id);
  const ids = [stored.id, ...dependants.map((dependant) => dependant.id)];
  const states = await change.audienceStates.list(ids);
  for (const { id, version } of states) {
    await change.audienceStates.begin({ id, number: await nextNumber(change), version: version + 1 });
  }
  await change.resources.audience.touch(ids);
}

function nextNumber(change: CatalogChange): Promise<number> {
  return change.nextBlock('audience', 1);
}

/** Every audience that leads to this one. */
async function dependantsOf(change: CatalogChange, id: string): Promise<Stored<AudienceDefinition>[]> {
  const found = new Set<string>();
  let wanted = [id];
  while (wanted.length > 0) {
    const refs = wanted.map((audience) => refTo('audience', audience));
    const users = await change.resources.audience.referringTo(refs, DEPENDANTS_MAX);
    wanted = users.map((user) => user.id).filter((user) => !found.has(user));
    for (const user of wanted) found.add(user);
  }
  return change.resources.audience.getMany([...found]);
}

/** A rule that has grown may not make those that are made of it too large. */
async function refuseOutgrown(
  change: CatalogChange,
  dependant: Stored<AudienceDefinition>,
  changed: string,
): Promise<void> {
  const rules: Map<string, Rule> = await rulesWithin(dependant.definition.rule, change.resources);
  const expanded = expandAudiences(dependant.definition.rule, {
    lookup: (id) => rules.get(id),
    self: dependant.id,
  });
  if (expanded.ok) return;
  const { code, message } = expanded.fault;
  throw invalid([
    {
      path: 'rule',
      code,
      message: `audience ${dependant.id}, made of ${changed}, would not hold: ${message}`,
    },
  ]);
}
