import { randomBytes } from 'node:crypto';
import { compileRule } from '../../../domain/rule/compile';
import type { Rule } from '../../../domain/rule/language';
import { clickHouseCluster, engineUrl } from '../../../testing/engines/engine-url';
import type { Lake } from '../lake';
import { openLake } from '../open-lake';
import { describeLakeContract } from '../testing/lake-contract';
import { clusterStatements, localName } from './cluster-ddl';

/** A real cluster (infra/clickhouse-cluster/run-suites.sh), else the engine as the only server of two that it knows. */
const real = clickHouseCluster();
const ONE_SHARD = real ?? 'one';
const SHARDS = real ?? 'two';

const database = `test_${randomBytes(6).toString('hex')}`;
const open = (cluster: string, of = database): Promise<Lake> =>
  openLake({ url: engineUrl('CLICKHOUSE_URL'), cluster, database: of });

describeLakeContract({
  name: `ClickHouse cluster ${ONE_SHARD}`,
  open: () => open(ONE_SHARD),
  expand: (statement) => clusterStatements(statement, { name: ONE_SHARD, database }, () => 'intHash64(id)'),
});

describe('a cluster of several shards', () => {
  let lake: Lake;
  const AT = 1_760_000_000_000;
  const DAY = 86_400_000;
  /** Persons of two identities each, which lie on any shard. */
  const PERSONS = Array.from({ length: 200 }, (_, i) => ({ uid: 2 * i + 1, iids: [2 * i + 1, 2 * i + 2] }));
  const iids = PERSONS.flatMap((person) => person.iids);

  beforeAll(async () => {
    lake = await open(SHARDS, `${database}_shards`);
    const insert = (table: string, columns: string[], rows: (string | number)[][]) =>
      // Where one engine stands for every shard, its table knows the token from the first of them.
      lake.insert({
        table: real === undefined ? localName(table) : table,
        columns,
        rows,
        token: `test:${table}`,
      });
    await insert(
      'identity_rows',
      ['identity', 'iid', 'kind', 'linked_at', 'source'],
      iids.map((iid) => [`maid:${iid}`, iid, iid % 10 === 0 ? 'email' : 'maid', AT, 'test']),
    );
    await insert('person_rows', ['iid', 'uid', 'seq'], PERSONS.flatMap(({ uid, iids: of }) => of.map((iid) => [iid, uid, 1]))); // prettier-ignore
    // Of the events only the second identity of a person knows.
    await insert(
      'event_rows',
      ['type', 'iid', 'at', 'received_at'],
      PERSONS.filter(({ uid }) => uid % 3 === 0).map(({ iids: of }) => [
        'purchase',
        of[1]!,
        AT - DAY,
        AT - DAY,
      ]),
    );
    await insert(
      'trait_rows',
      ['provider', 'trait', 'iid', 'at', 'op', 'expires_at', 'received_at'],
      PERSONS.filter(({ uid }) => uid % 5 === 0).map(({ iids: of }) => [
        'acme',
        'car',
        of[0]!,
        AT - DAY,
        'set',
        AT + DAY,
        AT,
      ]),
    );
    await insert('privacy_rows', ['iid', 'at', 'opted_out'], [[15, AT - DAY, 1]]);
    await insert(
      'membership_rows',
      ['audience', 'uid', 'since', 'until', 'seq', 'deleted'],
      [1, 3, 9].map((uid) => [7, uid, 0, 4_294_967_295, 1, 0]),
    );
    await lake.reloadPersons();
  });
  afterAll(() => lake.close());

  const bought = ({ uid }: { uid: number }) => uid % 3 === 0;
  const hasCar = ({ uid }: { uid: number }) => uid % 5 === 0;
  const rules: [string, Rule, (person: { uid: number; iids: number[] }) => boolean][] = [
    ['an event', { event: 'purchase', within: '7d' }, bought],
    ['a trait', { trait: 'acme/car' }, hasCar],
    ['an identity', { identity: 'email' }, ({ iids: of }) => of.some((iid) => iid % 10 === 0)],
    ['no event', { event: 'purchase', count: { eq: 0 } }, (person) => !bought(person)],
    ['all and not', { all: [{ event: 'purchase', days: { gte: 1 } }, { not: { trait: 'acme/car' } }] }, (person) => bought(person) && !hasCar(person)], // prettier-ignore
  ];

  it.each(rules)('a person is one, wherever their identities lie: %s', async (_, rule, holds) => {
    const expected = PERSONS.filter((person) => holds(person) && !person.iids.includes(15)).map(
      ({ uid }) => uid,
    );
    const compiled = compileRule(rule, { database: lake.database });
    const members = compiled.membersSql({ at: AT });
    expect(await lake.numbers(`SELECT arrayJoin(bitmapToArray(members)) AS uid FROM (${members}) ORDER BY uid`)).toEqual(expected); // prettier-ignore
    const candidates = compiled.candidatesSql({ at: AT, audience: 7, from: 0, limit: 10_000 });
    const published = [1, 3, 9];
    const differing = [...new Set([...expected, ...published])].filter((uid) => expected.includes(uid) !== published.includes(uid)); // prettier-ignore
    await lake.dropPartition('build_rows', '7');
    await lake.command(`INSERT INTO build_rows SELECT 7 AS audience, uid FROM (${candidates})`);
    expect(await lake.numbers('SELECT DISTINCT uid FROM build_rows WHERE audience = 7 ORDER BY uid')).toEqual(
      differing.sort((a, b) => a - b),
    );
  });

  it('analysts may join views, and ask for the members of one in another', async () => {
    const insert = { table: 'audience_rows', columns: ['id', 'number', 'name', 'version', 'size', 'materialized_at', 'archived', 'seq'], token: 'a' }; // prettier-ignore
    await lake.insert({ ...insert, rows: [['buyers', 7, 'Buyers', 1, 3, AT, 0, 1]] });
    expect(await lake.numbers('SELECT DISTINCT uid FROM audience_members ORDER BY uid')).toEqual([1, 3, 9]);
    expect(
      await lake.numbers(
        `SELECT DISTINCT uid FROM events
          WHERE uid IN (SELECT uid FROM audience_members WHERE audience_id = 'buyers') ORDER BY uid`,
      ),
    ).toEqual([3, 9]);
    expect(
      await lake.numbers(
        'SELECT DISTINCT e.uid FROM events AS e INNER JOIN traits AS t ON t.uid = e.uid ORDER BY e.uid LIMIT 2',
      ),
    ).toEqual([15, 45]);
  });
});

it('a cluster that the server does not know is refused by name', async () => {
  await expect(open('nowhere')).rejects.toThrow(/nowhere/);
});
