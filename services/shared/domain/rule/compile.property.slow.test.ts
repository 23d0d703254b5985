import { Session } from 'chdb';
import fc from 'fast-check';
import { compileRules } from './compile';
import type { State } from './evaluate';
import type { Rule } from './language';
import { parseRule } from './parse';
import { ruleText } from './text';
import * as arbitrary from './testing/arbitrary';
import { DATABASE, RuleEngine } from './testing/engine';
import { momentsOf, oracleHolds, oracleMembers } from './testing/oracle';
import { uidOf, type World } from './testing/world';

// `npx jest compile.property --globals '{"RULE_WORLDS": 500}'` looks at more of them.
const WORLDS = Number((globalThis as { RULE_WORLDS?: number }).RULE_WORLDS ?? 12);
const RULES_PER_WORLD = 25;
/** A wait, not a measure: many worlds on a busy machine take their time. */
const TIMEOUT_MS = 120_000 + WORLDS * 20_000;

describe('a rule has one meaning: full build, states and the oracle agree', () => {
  const session = new Session();
  let engine: RuleEngine;
  beforeAll(() => {
    engine = new RuleEngine((sql) => session.query(sql));
  });
  afterAll(() => session.close());

  const sample = fc.tuple(
    arbitrary.world,
    fc.array(arbitrary.rule, { minLength: RULES_PER_WORLD, maxLength: RULES_PER_WORLD }),
  );

  it(
    'on random worlds and rules, now and as time passes',
    () => {
      fc.assert(
        fc.property(sample, ([world, rules]) => {
          engine.load(world);
          const compiled = compileRules(rules, { database: DATABASE });
          const table = engine.states(compiled, world, world.now);
          const moments = momentsOf(world, arbitrary.WITHINS).filter((moment) => moment > world.now);
          for (const [index, rule] of rules.entries()) {
            expect(parseRule(JSON.parse(JSON.stringify(rule)))).toMatchObject({ ok: true });
            const said = { rule: ruleText(rule) };
            const members = engine.members(rule, world.now);
            expect({ ...said, members }).toEqual({ ...said, members: oracleMembers(world, rule, world.now) });
            for (const person of world.people) {
              const one = compiled.rules[index];
              if (one === undefined) throw new Error('no such rule');
              const state = one.evaluate(table.of(uidOf(person)));
              checkState({ world, person, rule, state, moments, isLeaf: one.clause.op === 'leaf' });
            }
          }
        }),
        { numRuns: WORLDS },
      );
    },
    TIMEOUT_MS,
  );

  interface Checked {
    world: World;
    person: World['people'][number];
    rule: Rule;
    state: State;
    moments: readonly number[];
    isLeaf: boolean;
  }

  function checkState({ world, person, rule, state, moments, isLeaf }: Checked): void {
    const { holds, until } = state;
    const expectAt = (at: number, expected: boolean): void => {
      const said = { rule: ruleText(rule), uid: uidOf(person), holds, until, at };
      expect({ ...said, then: oracleHolds(world, person, rule, at) }).toEqual({ ...said, then: expected });
    };
    expectAt(world.now, holds);
    // Nothing that time brings changes it before `until` …
    expect(until > world.now).toBe(true);
    for (const moment of moments) if (moment < until) expectAt(moment, holds);
    if (until === Infinity) return;
    expectAt(until - 1, holds);
    // … and for a leaf, `until` is the very moment.
    if (isLeaf) expectAt(until, !holds);
  }

  it(
    'whatever time alone changes is a crossing',
    () => {
      const ahead = fc.constantFrom(1, 60_000, 300_000, 3_600_000, 86_400_000, 604_800_000, 2_592_000_000);
      fc.assert(
        fc.property(sample, ahead, ([world, rules], later) => {
          engine.load(world);
          const compiled = compileRules(rules, { database: DATABASE });
          const to = world.now + later;
          const moments = momentsOf(world, arbitrary.WITHINS).filter((at) => at > world.now && at <= to);
          const sql = compiled.crossingsSql({ from: world.now, to });
          const crossings =
            sql === undefined ? [] : engine.rows<{ iid: number; event: string; trait: string }>(sql);
          const isNoticed = (person: World['people'][number], index: number): boolean =>
            crossings.some(
              ({ iid, event, trait }) =>
                person.identities.some((identity) => identity.iid === iid) &&
                compiled.rules[index]?.affectedBy({
                  events: event === '' ? [] : [event],
                  traits: trait === '' ? [] : [trait],
                  people: false,
                }),
            );
          for (const [index, rule] of rules.entries()) {
            for (const person of world.people) {
              const now = oracleHolds(world, person, rule, world.now);
              if (!moments.some((at) => oracleHolds(world, person, rule, at) !== now)) continue;
              const said = { rule: ruleText(rule), uid: uidOf(person) };
              expect({ ...said, noticed: isNoticed(person, index) }).toEqual({ ...said, noticed: true });
            }
          }
        }),
        { numRuns: WORLDS },
      );
    },
    TIMEOUT_MS,
  );
});
