import { Session } from 'chdb';
import { DAY_MS, MINUTE_MS } from '../time';
import { compileRule, compileRules } from './compile';
import type { EventRule, Rule } from './language';
import { LARGE_QUERY } from './members-sql';
import { NOW } from './testing/arbitrary';
import { DATABASE, RuleEngine } from './testing/engine';
import { oracleMembers } from './testing/oracle';
import type { World, WorldEvent, WorldTrait } from './testing/world';

describe('the contract, sentence by sentence', () => {
  const session = new Session();
  let engine: RuleEngine;
  beforeAll(() => {
    engine = new RuleEngine((sql) => session.query(sql));
  });
  afterAll(() => session.close());

  function worldOf(facts: Partial<World>, people = 3): World {
    const identities = Array.from({ length: people }, (_, index) => ({
      identities: [{ iid: index + 1, kind: 'cookie' as const }],
    }));
    return { now: NOW, people: identities, events: [], traits: [], choices: [], ...facts };
  }
  const event = (iid: number, at: number, more: Partial<WorldEvent> = {}): WorldEvent => ({
    iid,
    type: 'buy',
    at,
    ...more,
  });
  const trait = (iid: number, at: number, more: Partial<WorldTrait> = {}): WorldTrait => ({
    iid,
    provider: 'acme',
    code: 'age/25-34',
    at,
    op: 'set',
    ttlMs: 30 * DAY_MS,
    ...more,
  });

  /** Full build, states and oracle must all say `members`. */
  function expectMembers(world: World, rule: Rule, members: number[]): void {
    engine.load(world);
    expect(engine.members(rule, world.now)).toEqual(members);
    expect(oracleMembers(world, rule, world.now)).toEqual(members);
    const compiled = compileRules([rule], { database: DATABASE });
    const table = engine.states(compiled, world, world.now);
    const out = new Set(world.choices.filter(({ optedOut }) => optedOut).map(({ iid }) => iid));
    const uids = world.people.map(({ identities }) => Math.min(...identities.map(({ iid }) => iid)));
    const holding = uids.filter((uid) => compiled.rules[0]?.evaluate(table.of(uid)).holds);
    expect(holding.filter((uid) => !out.has(uid))).toEqual(members);
  }

  it('an event of time t counts when T − within < t ≤ T', () => {
    const events = [
      event(1, NOW - 7 * DAY_MS),
      event(2, NOW - 7 * DAY_MS + 1),
      event(3, NOW),
      event(4, NOW + 1),
    ];
    const world = worldOf({ events }, 4);
    expectMembers(world, { event: 'buy', within: '7d' }, [2, 3]);
    expectMembers(world, { event: 'buy' }, [1, 2, 3]);
  });

  it('order is by `at`, never by arrival', () => {
    const traits = [
      trait(1, NOW - 10, { op: 'unset' }),
      trait(1, NOW - 20),
      trait(2, NOW - 10),
      trait(2, NOW - 20, { op: 'unset' }),
    ];
    expectMembers(worldOf({ traits }), { trait: 'acme/age/25-34' }, [2]);
  });

  it('at equal time unset wins, then the larger value: absent, numbers, text', () => {
    const number = (text: string): Partial<WorldTrait> => ({ value: { number: text } });
    const text = (value: string): Partial<WorldTrait> => ({ value: { text: value } });
    const at = NOW - 5;
    const unset = worldOf({ traits: [trait(1, at), trait(1, at, { op: 'unset' }), trait(2, at)] });
    expectMembers(unset, { trait: 'acme/age/25-34' }, [2]);
    const traits = [
      ...[trait(1, at, number('9')), trait(1, at, number('10'))],
      ...[trait(2, at), trait(2, at, number('-3'))],
      ...[trait(3, at, number('10')), trait(3, at, text('1'))],
      ...[trait(4, at, text('a')), trait(4, at, text('a\0')), trait(4, at, text('a\0a'))],
      ...[trait(5, at, text('ab')), trait(5, at, text('a\0'))],
    ];
    const world = worldOf({ traits }, 5);
    expectMembers(world, { trait: 'acme/age/25-34', value: { eq: 10 } }, [1]);
    expectMembers(world, { trait: 'acme/age/25-34', value: { lt: 0 } }, [2]);
    expectMembers(world, { trait: 'acme/age/25-34', value: { in: ['1', 'a\0a', 'ab'] } }, [3, 4, 5]);
  });

  it('the larger value brings its own ttl, whatever the length of the other', () => {
    const at = NOW - 5 * MINUTE_MS;
    const [brief, long] = [{ ttlMs: MINUTE_MS }, { ttlMs: DAY_MS }];
    const traits = [
      ...[
        trait(1, at, { value: { number: '2' }, ...brief }),
        trait(1, at, { value: { number: '1' }, ...long }),
      ],
      ...[
        trait(2, at, { value: { number: '2' }, ...long }),
        trait(2, at, { value: { number: '1' }, ...brief }),
      ],
    ];
    expectMembers(worldOf({ traits }), { trait: 'acme/age/25-34' }, [2]);
  });

  it('a ttl has run out when T reaches its end', () => {
    const traits = [trait(1, NOW - DAY_MS, { ttlMs: DAY_MS }), trait(2, NOW - DAY_MS + 1, { ttlMs: DAY_MS })];
    expectMembers(worldOf({ traits }), { trait: 'acme/age/25-34' }, [2]);
  });

  it('a latest record before the window is not held, even if an older one would be', () => {
    const traits = [trait(1, NOW - 2 * DAY_MS), trait(2, NOW - DAY_MS + 1)];
    expectMembers(worldOf({ traits }), { trait: 'acme/age/25-34', within: '24h' }, [2]);
  });

  it('"a/*" is any trait below a, each with its own latest record, not a itself', () => {
    const traits = [
      ...[trait(1, NOW - 9, { code: 'age' }), trait(2, NOW - 9, { code: 'age/25/x' })],
      ...[trait(3, NOW - 9, { code: 'age/1' }), trait(3, NOW - 8, { code: 'age/2', op: 'unset' })],
      ...[trait(4, NOW - 9, { code: 'ages' }), trait(4, NOW - 9, { code: 'age/1', provider: 'other' })],
    ];
    expectMembers(worldOf({ traits }, 4), { trait: 'acme/age/*' }, [2, 3]);
    expectMembers(worldOf({ traits }, 4), { trait: 'acme/*' }, [1, 2, 3, 4]);
  });

  it('`count eq 0` and `sum lt n` include people with no such event; days are UTC days', () => {
    const midnight = Date.UTC(2024, 4, 17);
    const events = [
      ...[event(1, midnight - 1, { value: '10' }), event(1, midnight, { value: '-0.5' })],
      ...[event(2, midnight), event(2, midnight + 5)],
    ];
    const world = worldOf({ events });
    expectMembers(world, { event: 'buy', count: { eq: 0 } }, [3]);
    expectMembers(world, { event: 'buy', sum: { field: 'value', lt: 9.5 } }, [2, 3]);
    expectMembers(world, { event: 'buy', sum: { field: 'value', eq: '9.50' } }, [1]);
    expectMembers(world, { event: 'buy', days: { gte: 2 } }, [1]);
    expectMembers(world, { event: 'buy', days: { eq: 1 }, count: { eq: 2 } }, [2]);
  });

  it('decimals are exact: ten times 0.1 is 1', () => {
    const tenth = (iid: number): WorldEvent => event(iid, NOW - iid, { value: '0.1' });
    const events = [...Array.from({ length: 10 }, () => tenth(1)), tenth(2)];
    const world = worldOf({ events });
    expectMembers(world, { event: 'buy', sum: { field: 'value', eq: 1 } }, [1]);
    expectMembers(world, { event: 'buy', where: { value: 0.1 }, count: { eq: 1 } }, [2]);
    expectMembers(world, { event: 'buy', where: { value: { gt: 0.1000001 } } }, []);
    expectMembers(world, { event: 'buy', where: { value: { gt: 0.0999999 } }, count: { gt: 1 } }, [1]);
  });

  it('a missing field satisfies no Compare, `ne` included; text never equals a number', () => {
    const events = [
      event(1, NOW - 1),
      event(2, NOW - 1, { category: '5', value: '5', properties: { size: '5' } }),
      event(3, NOW - 1, { category: 'x', value: '6', properties: { size: 5 } }),
    ];
    const world = worldOf({ events });
    const where = (conditions: EventRule['where']): Rule => ({ event: 'buy', where: conditions });
    expectMembers(world, where({ category: { ne: 'x' } }), [2]);
    expectMembers(world, where({ category: { ne: 5 } }), [2, 3]);
    expectMembers(world, where({ category: 5 }), []);
    expectMembers(world, where({ value: { ne: '5' } }), [2, 3]);
    expectMembers(world, where({ value: '5' }), []);
    expectMembers(world, where({ value: [5, '6'] }), [2]);
    expectMembers(world, where({ 'properties.size': 5 }), [3]);
    expectMembers(world, where({ 'properties.size': '5' }), [2]);
    expectMembers(world, where({ 'properties.size': { ne: 5 } }), [2]);
    expectMembers(world, where({ 'properties.size': { gte: 5, lt: 6 } }), [3]);
    expectMembers(world, where({ 'properties.none': { ne: 5 } }), []);
  });

  it('a rule is about a person: all linked identities together', () => {
    const people: World['people'] = [
      {
        identities: [
          { iid: 2, kind: 'cookie' },
          { iid: 5, kind: 'email' },
        ],
      },
      { identities: [{ iid: 3, kind: 'cookie' }] },
    ];
    const events = [event(2, NOW - 1), event(5, NOW - 2), event(3, NOW - 1)];
    const traits = [trait(2, NOW - 9), trait(5, NOW - 8, { op: 'unset' }), trait(3, NOW - 9)];
    const world = worldOf({ people, events, traits });
    expectMembers(world, { event: 'buy', count: { gte: 2 } }, [2]);
    expectMembers(world, { trait: 'acme/age/25-34' }, [3]);
    expectMembers(world, { identity: 'email' }, [2]);
    expectMembers(world, { not: { identity: 'email' } }, [3]);
  });

  it('who opted out is in no audience, `not` included; the newest choice counts, at equal time the opt-out', () => {
    const choices = [
      { iid: 1, at: NOW - 5, optedOut: true },
      { iid: 2, at: NOW - 9, optedOut: false },
      { iid: 3, at: NOW - 9, optedOut: true },
      { iid: 3, at: NOW - 9, optedOut: false },
    ];
    expectMembers(worldOf({ choices }, 4), { not: { event: 'buy' } }, [2, 4]);
  });

  it('whatever text a rule carries, it stays text', () => {
    const hostile = [
      "x'; DROP TABLE muster.event_rows; --",
      '\\',
      "\\'",
      "a' OR '1'='1",
      '{id:String}',
      'line\nbreak\r\t',
      '%_',
      'nul\0l',
      '${x}',
      '日本\u{1F600}',
    ];
    const facts = hostile.map((text, index) => ({
      event: event(index + 1, NOW - 1, { type: text, category: text, properties: { [text]: text } }),
      trait: trait(index + 1, NOW - 1, { code: text, value: { text } }),
    }));
    const world = worldOf(
      { events: facts.map((each) => each.event), traits: facts.map((each) => each.trait) },
      hostile.length,
    );
    engine.load(world);
    const rules = hostile.flatMap((text): Rule[] => {
      const where = { category: text, [`properties.${text}`]: { eq: text, in: [text, 'other'] } };
      return [
        { event: text, where },
        { trait: `acme/${text}`, value: { eq: text } },
      ];
    });
    const compiled = compileRules(rules, { database: DATABASE });
    const table = engine.states(compiled, world, NOW);
    const uids = hostile.map((_, index) => index + 1);
    for (const [index, rule] of rules.entries()) {
      const expected = [Math.floor(index / 2) + 1];
      expect(oracleMembers(world, rule, NOW)).toEqual(expected);
      expect(engine.members(rule, NOW)).toEqual(expected);
      expect(uids.filter((uid) => compiled.rules[index]?.evaluate(table.of(uid)).holds)).toEqual(expected);
    }
  });

  it('a rule as large as the language allows is one query', () => {
    const words = Array.from({ length: 1_000 }, (_, index) => `word ${index}`);
    const leaf = (index: number): Rule => ({
      event: 'buy',
      where: { category: [...words.slice(1), `leaf ${index}`], value: words.map((_, value) => value / 8) },
    });
    const events = [event(1, NOW - 1, { category: 'word 7', value: '0.125' })];
    engine.load(worldOf({ events }));
    const rule = compileRule(
      { any: Array.from({ length: 60 }, (_, index) => leaf(index)) },
      { database: DATABASE },
    );
    expect(rule.sizeSql({ at: NOW }).length).toBeGreaterThan(800_000);
    expect(engine.rows(rule.sizeSql({ at: NOW }))).toEqual([{ size: 1 }]);
    // Inside another statement the settings have to stand at its end.
    const candidates = rule.candidatesSql({ at: NOW, audience: 9, from: 0, limit: 100 });
    const around = `SELECT count() AS n FROM (${candidates})`;
    expect(() => engine.rows(around)).toThrow('max_query_size');
    expect(engine.rows(`${around} ${LARGE_QUERY}`)).toEqual([{ n: '1' }]);
  });

  it('candidates are whose stored membership differs from the rule, and all members of stale versions', () => {
    const events = [1, 2, 3].map((iid) => event(iid, NOW - 1));
    engine.load(worldOf({ events }, 6));
    const row = (audience: number, uid: number, seq: number, deleted: number): string =>
      `(${audience}, ${uid}, 0, 4294967295, ${seq}, ${deleted})`;
    // 1 stays a member, 2 was one and left, 4 is one and should not be, 5 belongs to an old version.
    const rows = [row(9, 1, 1, 0), row(9, 2, 1, 0), row(9, 2, 2, 1), row(9, 4, 1, 0), row(8, 5, 1, 0)];
    engine.command(
      `INSERT INTO ${DATABASE}.membership_rows (audience, uid, since, until, seq, deleted) VALUES ${rows.join()}`,
    );
    const rule = compileRule({ event: 'buy' }, { database: DATABASE });
    const candidates = (more: object): number[] =>
      engine
        .rows<{ uid: number }>(rule.candidatesSql({ at: NOW, audience: 9, from: 0, limit: 100, ...more }))
        .map(({ uid }) => uid);
    expect(candidates({})).toEqual([2, 3, 4]);
    expect(candidates({ stale: [8] })).toEqual([2, 3, 4, 5]);
    expect(candidates({ from: 3, limit: 1 })).toEqual([3]);
  });
});
