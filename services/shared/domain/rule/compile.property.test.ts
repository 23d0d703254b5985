import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Session } from 'chdb';
import fc from 'fast-check';
import { compileRules, type CompiledRules } from './compile';
import { StateTable, type StatesRow } from './states-sql';
import type { Rule } from './language';
import { parseRule } from './parse';
import { ruleText } from './text';
import * as arbitrary from './testing/arbitrary';
import { momentsOf, oracleHolds, oracleMembers } from './testing/oracle';
import { uidOf, type World } from './testing/world';
import { worldSql } from './testing/world-sql';

// `npx jest compile.property --globals '{"RULE_WORLDS": 500}'` runs more of them.
const WORLDS = Number((globalThis as { RULE_WORLDS?: number }).RULE_WORLDS ?? 12);
const RULES_PER_WORLD = 25;
const DATABASE = 'muster';

describe('a rule has one meaning: full build, states and the oracle agree', () => {
  const session = new Session();

  beforeAll(() => {
    session.query(`CREATE DATABASE ${DATABASE}`);
    session.query(`USE ${DATABASE}`);
    const file = path.join(__dirname, '../../../../schemas/clickhouse/0001_tables.sql');
    const statements = readFileSync(file, 'utf8')
      .replaceAll('{database}', DATABASE)
      .split(/;\s*\n/);
    for (const statement of statements.filter((text) => text.trim() !== '')) session.query(statement);
  });
  afterAll(() => session.close());

  const rows = <T>(sql: string): T[] =>
    session
      .query(sql, 'JSONEachRow')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);

  const load = (world: World): void => worldSql(world).forEach((sql) => session.query(sql));

  const statesOf = (compiled: CompiledRules, world: World, at: number): StateTable => {
    const people = world.people.flatMap((person) =>
      person.identities.map(({ iid }) => ({ iid, uid: uidOf(person) })),
    );
    const table = new StateTable(compiled.leaves);
    for (const query of compiled.statesQueries({ at, people })) table.add(query, rows<StatesRow>(query.sql));
    return table;
  };

  const sample = fc.tuple(
    arbitrary.world,
    fc.array(arbitrary.rule, { minLength: RULES_PER_WORLD, maxLength: RULES_PER_WORLD }),
  );

  it('on random worlds and rules, now and as time passes', () => {
    fc.assert(
      fc.property(sample, ([world, rules]) => {
        load(world);
        rules.forEach((rule) =>
          expect(parseRule(JSON.parse(JSON.stringify(rule)))).toMatchObject({ ok: true }),
        );
        const compiled = compileRules(rules, { database: DATABASE });
        const table = statesOf(compiled, world, world.now);
        const moments = momentsOf(world, arbitrary.WITHINS);
        for (const [index, rule] of rules.entries()) checkRule(world, rule, index, compiled, table, moments);
      }),
      { numRuns: WORLDS, endOnFailure: WORLDS < 100 },
    );
  });

  function checkRule(
    world: World,
    rule: Rule,
    index: number,
    compiled: CompiledRules,
    table: StateTable,
    moments: readonly number[],
  ): void {
    const one = compiled.rules[index];
    if (one === undefined) throw new Error('no such rule');
    const expected = oracleMembers(world, rule, world.now);
    const sql = one.membersSql({ at: world.now });
    const [built] = rows<{ m: number[] }>(`SELECT arraySort(bitmapToArray(members)) AS m FROM (${sql})`);
    expect({ rule: ruleText(rule), members: built?.m }).toEqual({ rule: ruleText(rule), members: expected });

    for (const person of world.people) {
      const uid = uidOf(person);
      const state = one.evaluate(table.of(uid));
      const told = { rule: ruleText(rule), uid, holds: state.holds };
      expect(told).toEqual({ ...told, holds: oracleHolds(world, person, rule, world.now) });
      // Nothing that time brings changes it before `until` …
      expect(state.until > world.now).toBe(true);
      const before = moments.filter((moment) => moment > world.now && moment < state.until);
      for (const moment of [...before, ...(state.until === Infinity ? [] : [state.until - 1])]) {
        expect({ ...told, moment, then: oracleHolds(world, person, rule, moment) }).toEqual({
          ...told,
          moment,
          then: state.holds,
        });
      }
      // … and for a leaf, `until` is the very moment.
      if (one.clause.op === 'leaf' && state.until !== Infinity) {
        const at = { ...told, until: state.until };
        expect({ ...at, then: oracleHolds(world, person, rule, state.until) }).toEqual({
          ...at,
          then: !state.holds,
        });
      }
    }
  }

  it('whatever time alone changes is a crossing', () => {
    const ahead = fc.constantFrom(1, 60_000, 300_000, 3_600_000, 86_400_000, 604_800_000, 2_592_000_000);
    fc.assert(
      fc.property(sample, ahead, ([world, rules], later) => {
        load(world);
        const compiled = compileRules(rules, { database: DATABASE });
        const to = world.now + later;
        const moments = momentsOf(world, arbitrary.WITHINS).filter(
          (moment) => moment > world.now && moment <= to,
        );
        const sql = compiled.crossingsSql({ from: world.now, to });
        const crossings = sql === undefined ? [] : rows<{ iid: number; event: string; trait: string }>(sql);
        for (const [index, rule] of rules.entries()) {
          for (const person of world.people) {
            const now = oracleHolds(world, person, rule, world.now);
            const changes = moments.some((moment) => oracleHolds(world, person, rule, moment) !== now);
            if (!changes) continue;
            const noticed = crossings.some(
              ({ iid, event, trait }) =>
                person.identities.some((identity) => identity.iid === iid) &&
                compiled.rules[index]?.affectedBy({
                  events: event === '' ? [] : [event],
                  traits: trait === '' ? [] : [trait],
                  people: false,
                }),
            );
            expect({ rule: ruleText(rule), uid: uidOf(person), noticed }).toMatchObject({ noticed: true });
          }
        }
      }),
      { numRuns: WORLDS },
    );
  });
});
