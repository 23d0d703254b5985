import { compileRules } from '../../shared/domain/rule/compile';
import { expandAudiences } from '../../shared/domain/rule/expand';
import { StateTable, type StatesRow } from '../../shared/domain/rule/states-sql';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import type { AudienceDefinition } from '../../shared/stores/catalog/definitions';
import type { Stored } from '../../shared/stores/catalog/resources';
import type { Lake } from '../../shared/stores/lake/lake';
import { rulesWithin } from '../audiences/accept-rule';
import { explainRule, type ExplainedClause } from './explain-rule';
import { evidenceFor, type Evidence } from './leaf-evidence';
import type { KnownPerson } from './person';

/** Leaves whose facts are looked up one by one. */
const EVIDENCE_MAX = 200;

/** What the rule says of the person at `at`, clause by clause, by the evaluator that publishes memberships. */
export async function explainMembership(
  audience: Stored<AudienceDefinition>,
  person: KnownPerson,
  options: { catalog: Catalog; lake: Lake; at: number },
): Promise<ExplainedClause> {
  const { catalog, lake, at } = options;
  const { rule } = audience.definition;
  const rules = await rulesWithin(rule, catalog.resources);
  const expanded = expandAudiences(rule, { lookup: (id) => rules.get(id), self: audience.id });
  if (!expanded.ok) throw new Error(`a stored rule does not hold: ${expanded.fault.message}`);
  const compiled = compileRules([expanded.rule], { database: lake.database });
  const [only] = compiled.rules;
  if (only === undefined) throw new Error('one rule in, one out');

  const table = new StateTable(compiled.leaves);
  const people = person.members.map(({ iid }) => ({ iid, uid: person.uid }));
  for (const query of compiled.statesQueries({ at, people })) {
    table.add(query, await lake.query<StatesRow>(query.sql));
  }
  const evidence = new Map<number, Evidence>();
  for (const [number, leaf] of compiled.leaves.slice(0, EVIDENCE_MAX).entries()) {
    evidence.set(number, await evidenceFor(lake, leaf, { person, at }));
  }
  return explainRule(rule, only.clause, {
    rules,
    stateOf: table.of(person.uid),
    evidenceOf: (leaf) => evidence.get(leaf),
  });
}
