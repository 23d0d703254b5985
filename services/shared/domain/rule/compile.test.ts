import { compileRule, compileRules, leafAt } from './compile';
import type { Rule } from './language';

const AT = 1_700_000_000_000;
const DAY_AGO = AT - 86_400_000;
const UID = "dictGetOrDefault('muster.persons', 'uid', iid, iid)";
const time = (ms: number): string => `fromUnixTimestamp64Milli(${ms}, 'UTC')`;
const KNOWN = `WITH (SELECT groupBitmapState(uid) FROM (SELECT ${UID} AS uid FROM muster.identity_rows)) AS known_people,
(SELECT groupBitmapState(uid) FROM (SELECT uid FROM (SELECT ${UID} AS uid, max((at, opted_out)) AS choice FROM muster.privacy_rows GROUP BY uid) WHERE choice.2 = 1)) AS people_out,
`;
const bitmap = (leaf: number, people: string): string =>
  `(SELECT groupBitmapState(uid) FROM (${people})) AS leaf_${leaf}`;
const members = (expression: string): string =>
  `SELECT bitmapAndnot(bitmapAnd(known_people, ${expression}), people_out) AS members`;
const sqlOf = (rule: Rule): string => compileRule(rule, { database: 'muster' }).membersSql({ at: AT });

describe('the exact SQL of a full build', () => {
  it('an event that happened at all needs no grouping', () => {
    expect(sqlOf({ event: 'buy', where: { category: 'IAB1', value: { gte: 9.5 } }, within: '1d' })).toBe(
      KNOWN +
        bitmap(
          0,
          `SELECT ${UID} AS uid FROM muster.event_rows WHERE type = 'buy' AND at <= ${time(AT)} AND ` +
            `at > ${time(DAY_AGO)} AND category = 'IAB1' AND ` +
            "(value IS NOT NULL AND assumeNotNull(value) >= toDecimal128('9.5', 6))",
        ) +
        `\n${members('leaf_0')}`,
    );
  });

  it('where having none holds too, the bitmap holds whom the leaf excludes', () => {
    expect(sqlOf({ event: 'buy', count: { lt: 3 }, days: { lte: 2 } })).toBe(
      KNOWN +
        bitmap(
          0,
          `SELECT ${UID} AS uid FROM muster.event_rows WHERE type = 'buy' AND at <= ${time(AT)} ` +
            'GROUP BY uid HAVING NOT (count() < 3 AND uniqExact(toDate(at)) <= 2)',
        ) +
        `\n${members('bitmapAndnot(known_people, leaf_0)')}`,
    );
  });

  it('a trait, and the algebra; equal leaves are one', () => {
    const car: Rule = { trait: 'acme/car' };
    const sql = sqlOf({
      all: [{ any: [car, { identity: 'email' }, car] }, { not: { trait: 'acme/age/*', value: { eq: 1 } } }],
    });
    const order =
      'concat(reverse(reinterpretAsFixedString(at)), toString(toUInt8(op)), ' +
      "multiIf(number IS NOT NULL, '1', text IS NOT NULL, '2', '0'), " +
      'reverse(reinterpretAsFixedString(reinterpretAsInt64(ifNull(number, toDecimal64(0, 6))) + 1000000000000000000)), ' +
      "replaceAll(ifNull(text, ''), '\\0', '\\0\\x01'), '\\0\\0', reverse(reinterpretAsFixedString(expires_at)))";
    const held = (where: string, by: string, wanted: string): string =>
      `SELECT ${UID} AS uid FROM muster.trait_rows WHERE (provider = 'acme' AND ${where}) AND at <= ${time(AT)} ` +
      `GROUP BY uid${by} HAVING argMax(if(op = 'set'${wanted}, toUnixTimestamp64Milli(expires_at), 0), ${order}) > ${AT}`;
    expect(sql).toBe(
      KNOWN +
        [
          bitmap(0, held("trait = 'car'", '', '')),
          bitmap(1, `SELECT ${UID} AS uid FROM muster.identity_rows WHERE kind = 'email'`),
          bitmap(
            2,
            held(
              "startsWith(trait, 'age/') AND trait != 'age/'",
              ', trait',
              " AND (number IS NOT NULL AND assumeNotNull(number) = toDecimal128('1', 6))",
            ),
          ),
        ].join(',\n') +
        '\n' +
        members('bitmapAnd(bitmapOr(bitmapOr(leaf_0, leaf_1), leaf_0), bitmapAndnot(known_people, leaf_2))'),
    );
  });

  it('text is escaped and properties tell types apart', () => {
    const where = { "properties.it's": "o'x\\", 'properties.n': { gt: 1.5 } };
    expect(sqlOf({ event: "a'b", where })).toContain(
      "WHERE type = 'a\\'b' AND at <= " +
        `${time(AT)} AND JSONExtractString(properties, 'it\\'s') = 'o\\'x\\\\' AND ` +
        "(JSONType(properties, 'n') IN ('Int64', 'UInt64', 'Double') AND JSONExtractFloat(properties, 'n') > toFloat64(1.5))",
    );
  });
});

describe('the exact SQL for a few people', () => {
  it('leaves on one type of event share a read; conditions are evaluated once', () => {
    const rules: Rule[] = [
      { event: 'buy', where: { sku: 'x' }, within: '1d' },
      { event: 'buy', where: { sku: 'x' }, days: { gte: 2 } },
      { event: 'buy', sum: { field: 'value', gte: 5 }, within: '1h' },
    ];
    const people = [
      { iid: 7, uid: 7 },
      { iid: 9, uid: 7 },
    ];
    const queries = compileRules(rules, { database: 'muster' }).statesQueries({ at: AT, people });
    expect(queries.map(({ sql }) => sql)).toEqual([
      "WITH CAST([7,9], 'Array(UInt64)') AS iids, CAST([7,7], 'Array(UInt64)') AS uids\n" +
        'SELECT uid, arraySort(groupArrayIf((ms, toString(amount), [c0, c0, 1]), NOT past)) AS later, ' +
        `groupArraySortedIf(2)(-ms, past AND c0 AND ms > ${DAY_AGO}) AS f0, ` +
        "(countIf(past AND c0), uniqExactIf(intDiv(ms, 86400000), past AND c0), '0', maxIf(ms, past AND c0)) AS f1, " +
        `arraySort(groupArrayIf((ms, toString(amount)), past AND ms > ${AT - 3_600_000})) AS f2 FROM (` +
        'SELECT transform(iid, iids, uids, toUInt64(0)) AS uid, toUnixTimestamp64Milli(at) AS ms, ' +
        `at <= ${time(AT)} AS past, ifNull(value, toDecimal64(0, 6)) AS amount, (sku = 'x') AS c0 ` +
        "FROM muster.event_rows WHERE type = 'buy' AND iid IN iids) GROUP BY uid\n" +
        'SETTINGS max_query_size = 67108864, max_ast_elements = 5000000, max_expanded_ast_elements = 5000000',
    ]);
  });

  it('asks one query per type of event, one for all traits, one for all identities', () => {
    const rules: Rule[] = [
      { any: [{ trait: 'a/1' }, { trait: 'b/2' }, { event: 'x' }, { event: 'y' }] },
      { any: [{ identity: 'email' }, { identity: 'maid' }, { event: 'x', count: { gte: 2 } }] },
    ];
    const compiled = compileRules(rules, { database: 'muster' });
    const groups = compiled.statesQueries({ at: AT, people: [{ iid: 1, uid: 1 }] }).map(({ group }) => group);
    expect(groups.map(({ kind, numbers }) => [kind, numbers])).toEqual([
      ['trait', [0, 1]],
      ['event', [2, 6]],
      ['event', [3]],
      ['identity', [4, 5]],
    ]);
  });

  it('asks nothing about nobody', () => {
    const compiled = compileRules([{ event: 'x' }], { database: 'muster' });
    expect(compiled.statesQueries({ at: AT, people: [] })).toEqual([]);
  });
});

it('nothing without a window, a trait or an event can change by time', () => {
  const compiled = compileRules([{ identity: 'email' }], { database: 'muster' });
  expect(compiled.crossingsSql({ from: AT - 1_000, to: AT })).toBeUndefined();
});

it('an audience that was not expanded is a mistake of ours', () => {
  expect(() => compileRule({ audience: 'a' }, { database: 'muster' })).toThrow('not expanded');
});

it('so is a leaf that is in no table', () => {
  expect(() => leafAt([], 0)).toThrow('there is no leaf 0');
});
