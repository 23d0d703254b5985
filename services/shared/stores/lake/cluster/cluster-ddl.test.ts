import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { quoteText } from '../bind';
import { execute, openClients } from '../clients';
import { MIGRATIONS_TABLE, migrationsDirectory, readMigrations } from '../migrations';
import { clusterStatements } from './cluster-ddl';

const cluster = { name: 'audiences', database: 'muster' };
const expand = (statement: string): string[] => clusterStatements(statement, cluster);

/** Every statement of the schema as a cluster gets it, file by file. */
const schema = [
  { file: 'migrations', statements: expand(MIGRATIONS_TABLE) },
  ...readMigrations(migrationsDirectory(), cluster.database, { user: 'muster', password: 'secret' }).map(
    ({ file, statements }) => ({ file, statements: statements.flatMap(expand) }),
  ),
];
const statements = schema.flatMap((each) => each.statements);

describe('the schema on a cluster', () => {
  let client: ClickHouseClient;
  const path = mkdtempSync(join(tmpdir(), 'muster-cluster-ddl-'));
  beforeAll(async () => {
    [client] = (await openClients({ path }, 'muster', 1)) as [ClickHouseClient];
  });
  afterAll(async () => {
    await client.close();
    rmSync(path, { recursive: true, force: true });
  });

  it.each(schema.map(({ file, statements: of }) => [file, of] as const))(
    '%s is generated as it was reviewed',
    (_, of) => {
      expect(`${of.join(';\n\n')};\n`).toMatchSnapshot();
    },
  );

  it('is understood by the engine, every statement of it, and is for the whole cluster', async () => {
    for (const statement of statements) {
      const { body } = await execute(client, `SELECT formatQuery(${quoteText(statement)})`, {
        defaultFormat: 'TabSeparatedRaw',
      });
      expect([statement, body.toString()]).toEqual([
        statement,
        expect.stringContaining('ON CLUSTER audiences'),
      ]);
    }
  });

  it('keeps no rows outside of replicated tables', () => {
    const stored = statements.filter((statement) => /ENGINE = \w*MergeTree/.test(statement));
    expect(stored.length).toBeGreaterThan(10);
    for (const statement of stored) {
      const [, table = ''] = /^CREATE TABLE IF NOT EXISTS `muster`\.`(\w+)`/.exec(statement) ?? [];
      expect(table).toMatch(/_local$/);
      expect(statement).toContain(`MergeTree('/clickhouse/tables/{shard}/muster/${table}', '{replica}'`);
      expect(statement).not.toContain('non_replicated');
      expect(statement).toContain('replicated_deduplication_window = ');
    }
  });
});

describe('later migrations', () => {
  it('columns are added below first and taken away above first', () => {
    expect(expand("ALTER TABLE bids ADD COLUMN IF NOT EXISTS seat String DEFAULT ''")).toEqual([
      "ALTER TABLE `muster`.`bids_local` ON CLUSTER 'audiences' ADD COLUMN IF NOT EXISTS seat String DEFAULT ''",
      "ALTER TABLE `muster`.`bids` ON CLUSTER 'audiences' ADD COLUMN IF NOT EXISTS seat String DEFAULT ''",
    ]);
    expect(expand('ALTER TABLE bids ADD COLUMN seat UInt8, MODIFY ORDER BY (iid, seat)')).toEqual([
      "ALTER TABLE `muster`.`bids_local` ON CLUSTER 'audiences' ADD COLUMN seat UInt8, MODIFY ORDER BY (iid, seat)",
      "ALTER TABLE `muster`.`bids` ON CLUSTER 'audiences' ADD COLUMN seat UInt8",
    ]);
    expect(expand('ALTER TABLE bids DROP COLUMN IF EXISTS seat')).toEqual([
      "ALTER TABLE `muster`.`bids` ON CLUSTER 'audiences' DROP COLUMN IF EXISTS seat",
      "ALTER TABLE `muster`.`bids_local` ON CLUSTER 'audiences' DROP COLUMN IF EXISTS seat",
    ]);
  });

  it('what is about parts concerns the stored rows alone', () => {
    for (const change of [
      'ADD INDEX IF NOT EXISTS i iid TYPE bloom_filter',
      'ADD PROJECTION IF NOT EXISTS p (SELECT iid ORDER BY iid)',
      'MATERIALIZE INDEX i',
      'MODIFY SETTING index_granularity = 4096',
      'MODIFY TTL at + INTERVAL 1 DAY',
    ]) {
      expect(expand(`ALTER TABLE event_rows ${change}`)).toEqual([
        `ALTER TABLE \`muster\`.\`event_rows_local\` ON CLUSTER 'audiences' ${change}`,
      ]);
    }
  });

  it('a table is dropped with the one below it', () => {
    expect(expand('DROP TABLE IF EXISTS build_rows')).toEqual([
      "DROP TABLE IF EXISTS `muster`.`build_rows` ON CLUSTER 'audiences'",
      "DROP TABLE IF EXISTS `muster`.`build_rows_local` ON CLUSTER 'audiences' SYNC",
    ]);
  });

  it.each([
    [
      'a table nobody has decided a place for',
      'CREATE TABLE IF NOT EXISTS t (n Int8) ENGINE = MergeTree ORDER BY n',
      'sharding key',
    ],
    ['another engine', 'CREATE TABLE IF NOT EXISTS bids (n Int8) ENGINE = Memory', 'not known'],
    ['a materialised view', 'CREATE MATERIALIZED VIEW IF NOT EXISTS v TO bids AS SELECT 1', 'not known'],
    ['a view that is not replaced', 'CREATE VIEW v AS SELECT 1', 'not known'],
    ['a query', 'INSERT INTO bids SELECT 1', 'not known'],
    ['several changes at once', 'ALTER TABLE bids ADD COLUMN a Int8, ADD COLUMN b Int8', 'one change'],
  ])('%s is refused, not guessed', (_, statement, message) => {
    expect(() => expand(statement)).toThrow(message);
  });
});
