import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lake } from '../../shared/stores/lake/lake';
import { openLake } from '../../shared/stores/lake/open-lake';
import { isAllowedFunction } from './allowed-functions';
import { isAllowedTable } from './allowed-sources';
import { Guard } from './guard';

const path = mkdtempSync(join(tmpdir(), 'muster-guard-'));
let lake: Lake;
let guard: Guard;

beforeAll(async () => {
  lake = await openLake({ path });
  guard = new Guard(lake);
});
afterAll(async () => {
  await lake.close();
  rmSync(path, { recursive: true, force: true });
});

/** Query, and what the message must name. */
const ATTACKS: [string, string | RegExp][] = [
  // Hazards of `readonly = 1`, which lets all three through.
  ["SELECT file('/etc/passwd')", 'function file'],
  ["SELECT 1 INTO OUTFILE '/tmp/muster-out'", 'OUTFILE'],
  ['KILL QUERY WHERE 1', 'KillQuery'],
  // Files and the network.
  ["SELECT * FROM file('/etc/passwd', 'LineAsString')", 'table function file'],
  ["SELECT * FROM `file`('/etc/passwd', 'LineAsString')", 'table function file'],
  ['SELECT * FROM "file"(\'/etc/passwd\')', 'table function file'],
  ["SELECT * FROM fIlE('/etc/passwd')", 'fIlE'],
  ["SELECT * FROM file/**/('/etc/passwd')", 'table function file'],
  ["SELECT * FROM file -- x\n('/etc/passwd')", 'table function file'],
  ["SELECT * FROM url('http://127.0.0.1/', 'CSV')", 'table function url'],
  ["SELECT * FROM s3('http://127.0.0.1/x')", 'table function s3'],
  ["SELECT * FROM remote('127.0.0.1', system.one)", 'table function remote'],
  ["SELECT * FROM remoteSecure('127.0.0.1', system.one)", 'remoteSecure'],
  ["SELECT * FROM cluster('default', system.one)", 'table function cluster'],
  ["SELECT * FROM clusterAllReplicas('default', system.one)", 'clusterAllReplicas'],
  ["SELECT * FROM mysql('127.0.0.1:3306', 'd', 't', 'u', 'p')", 'table function mysql'],
  ["SELECT * FROM postgresql('127.0.0.1:5432', 'd', 't', 'u', 'p')", 'postgresql'],
  ["SELECT * FROM mongodb('127.0.0.1', 'd', 't', 'u', 'p', 'a Int8')", 'mongodb'],
  ["SELECT * FROM sqlite('/tmp/x.db', 't')", 'sqlite'],
  ["SELECT * FROM odbc('DSN=x', 'd', 't')", 'odbc'],
  ["SELECT * FROM executable('id', 'CSV', 'a String')", 'executable'],
  ["SELECT * FROM hdfs('hdfs://x', 'CSV', 'a String')", 'hdfs'],
  ["SELECT * FROM deltaLake('x')", 'deltaLake'],
  ["SELECT * FROM iceberg('x')", 'iceberg'],
  ["SELECT * FROM filesystem('/')", 'filesystem'],
  ["SELECT * FROM input('a String')", 'table function input'],
  ["SELECT * FROM eval('SELECT 1')", 'eval'],
  ["SELECT * FROM format('JSONEachRow', '{}')", 'table function format'],
  ["SELECT * FROM fuzzJSON('{}', 1)", 'fuzzJSON'],
  ["SELECT * FROM events WHERE url IN file('/etc/passwd')", 'function file'],
  ["SELECT (SELECT * FROM (SELECT file('/etc/passwd')))", 'function file'],
  ["WITH file('/etc/passwd') AS x SELECT x", 'function file'],
  ["WITH (x) -> file(x) AS f SELECT f('/etc/passwd')", /function f/],
  ["SELECT arrayMap(x -> file(x), ['/etc/passwd'])", 'function file'],
  ["SELECT arrayMap(file, ['/etc/passwd'])", 'function file'],
  ["SELECT arrayMap(`file`, ['/etc/passwd'])", 'function file'],
  ["SELECT arrayFilter(fIlE, ['/etc/passwd'])", 'function fIlE'],
  ["SELECT arrayMap(x, ['/etc/passwd']) FROM (SELECT file AS x)", 'function file'],
  ["WITH file AS f SELECT arrayMap(f, ['/etc/passwd'])", 'function file'],
  ['SELECT arrayMap(sleep, [3])', 'function sleep'],
  ["SELECT * REPLACE (file('/etc/passwd') AS uid) FROM events", 'function file'],
  ["SELECT * APPLY(file) FROM (SELECT '/etc/passwd')", 'APPLY'],
  ["SELECT COLUMNS('.*') APPLY file FROM (SELECT '/etc/passwd')", 'APPLY'],
  ["SELECT 1 ORDER BY 1 WITH FILL FROM file('/etc/passwd')", 'function file'],
  ["SELECT 1 LIMIT length(file('/etc/passwd'))", 'function file'],
  ["SELECT sum(uid) OVER (ORDER BY file('/etc/passwd')) FROM events", 'function file'],
  ["SELECT count() FROM events PREWHERE file('/etc/passwd') != ''", 'function file'],
  ["SELECT count() FROM events ARRAY JOIN [file('/etc/passwd')] AS x", 'function file'],
  ["SELECT * FROM events AS a JOIN traits AS b ON file('/etc/passwd') = a.url", 'function file'],
  ["SELECT 1 UNION ALL SELECT file('/etc/passwd')", 'function file'],
  ["SELECT 1 INTERSECT SELECT file('/etc/passwd')", 'function file'],
  ["EXPLAIN SELECT file('/etc/passwd')", 'function file'],
  ["EXPLAIN AST SELECT file('/etc/passwd')", 'function file'],
  ["EXPLAIN TABLE OVERRIDE mysql('127.0.0.1', 'd', 't', 'u', 'p')", 'TABLE OVERRIDE'],
  ["DESCRIBE TABLE file('/etc/passwd')", 'table function file'],
  ["DESCRIBE (SELECT file('/etc/passwd'))", 'function file'],
  ["SELECT * FROM values(concat('a ', 'String'), file('x'))", /values|file/],
  // Functions that look outside, wait or touch the engine.
  ["SELECT dictGet('muster.persons', 'uid', 1)", 'dictGet'],
  ["SELECT dictGetOrDefault('muster.persons', 'uid', 1, 1)", 'dictGetOrDefault'],
  ["SELECT joinGet('x', 'y', 1)", 'joinGet'],
  ["SELECT hasColumnInTable('muster', 'event_rows', 'iid')", 'hasColumnInTable'],
  ['SELECT getOSKernelVersion()', 'getOSKernelVersion'],
  ['SELECT hostName()', 'hostName'],
  ['SELECT hostname()', 'hostname'],
  ['SELECT serverUUID()', 'serverUUID'],
  ['SELECT sleep(3)', 'sleep'],
  ['SELECT SLEEP(3)', 'SLEEP'],
  ['SELECT sleepEachRow(1) FROM numbers(10)', 'sleepEachRow'],
  ["SELECT catboostEvaluate('/x', 1)", 'catboostEvaluate'],
  ["SELECT getSetting('max_threads')", 'getSetting'],
  ["SELECT getServerSetting('max_connections')", 'getServerSetting'],
  ["SELECT getMacro('x')", 'getMacro'],
  ["SELECT formatRow('Template', 1)", 'formatRow'],
  ["SELECT arrayReduce('sum', [1])", 'arrayReduce'],
  ['SELECT filesystemAvailable()', 'filesystemAvailable'],
  ["SELECT showCertificate('x')", 'showCertificate'],
  ["SELECT reverse(reverseDNSQuery('127.0.0.1'))", 'reverseDNSQuery'],
  ["SELECT logTrace('x')", 'logTrace'],
  ["SELECT aiGenerate('x')", 'aiGenerate'],
  ['SELECT addressToLine(1)', 'addressToLine'],
  ['SELECT aggThrow(0.5)(1)', 'aggThrow'],
  ["SELECT CAST(unhex('00'), 'AggregateFunction(sum, UInt64)')", 'AggregateFunction'],
  ["SELECT CAST(unhex('00') AS AggregateFunction(sum, UInt64))", 'AggregateFunction'],
  ["SELECT unhex('00')::AggregateFunction(sum, UInt64)", 'AggregateFunction'],
  ["SELECT CAST(unhex('00'), concat('Aggregate', 'Function(sum, UInt64)'))", 'computed type'],
  ["SELECT sumMerge(x) FROM values('x AggregateFunction(sum, UInt64)', ('0'))", 'AggregateFunction'],
  // Tables that are not theirs.
  ['SELECT * FROM event_rows', 'event_rows'],
  ['SELECT * FROM muster.event_rows', 'event_rows'],
  ['SELECT * FROM `muster`.`event_rows`', 'event_rows'],
  ['SELECT * FROM "muster"."event_rows"', 'event_rows'],
  ['SELECT * FROM /* x */ muster /* y */ . /* z */ event_rows', 'event_rows'],
  ['SELECT * FROM identity_rows', 'identity_rows'],
  ['SELECT * FROM privacy_rows', 'privacy_rows'],
  ['SELECT * FROM persons', 'persons'],
  ['SELECT * FROM muster.persons', 'persons'],
  ["SELECT * FROM dictionary('muster.persons')", 'dictionary'],
  ['SELECT * FROM migrations', 'migrations'],
  ['SELECT * FROM events WHERE uid IN person_rows', 'person_rows'],
  ['SELECT * FROM events WHERE uid IN muster.person_rows', 'person_rows'],
  ['SELECT * FROM events WHERE uid NOT IN (person_rows)', 'person_rows'],
  ['SELECT * FROM events WHERE uid GLOBAL IN person_rows', 'person_rows'],
  ['SELECT in(uid, person_rows) FROM events', 'person_rows'],
  ['SELECT * FROM events WHERE uid IN persons', 'persons'],
  ['SELECT * FROM events JOIN person_rows USING uid', 'person_rows'],
  ['SELECT * FROM events, person_rows', 'person_rows'],
  ['SELECT (SELECT max(seq) FROM person_rows)', 'person_rows'],
  ['WITH person_rows AS (SELECT 1 AS x) SELECT * FROM person_rows', 'person_rows'],
  [
    'SELECT * FROM (WITH person_rows AS (SELECT 1 AS x) SELECT * FROM person_rows) AS a, person_rows',
    'person_rows',
  ],
  ['SELECT exists(SELECT 1 FROM privacy_rows)', 'privacy_rows'],
  ["SELECT * FROM merge('muster', '.*_rows')", 'merge'],
  ["SELECT * FROM loop('muster', 'event_rows')", 'loop'],
  ["SELECT * FROM mergeTreeIndex('muster', 'event_rows')", 'mergeTreeIndex'],
  ['SELECT * FROM view(SELECT * FROM event_rows)', 'view'],
  ["SELECT * FROM events UUID '00000000-0000-0000-0000-000000000001'", 'UUID'],
  ["SELECT * FROM events uuid/**/'00000000-0000-0000-0000-000000000001'", 'UUID'],
  ['SELECT * FROM system.processes', 'system.processes'],
  ['SELECT * FROM system.server_settings', 'server_settings'],
  ['SELECT * FROM system.users', 'system.users'],
  ['SELECT * FROM system.stack_trace', 'stack_trace'],
  ['SELECT * FROM `system`.`named_collections`', 'named_collections'],
  ['SELECT * FROM system.dictionaries', 'system.dictionaries'],
  ['SELECT * FROM nowhere.x', 'nowhere.x'],
  ['SELECT * FROM events(uid = 1)', 'table function events'],
  ['DESCRIBE event_rows', 'event_rows'],
  ['SHOW CREATE TABLE event_rows', 'event_rows'],
  ['SHOW CREATE TABLE muster.person_rows', 'person_rows'],
  ['SHOW CREATE DICTIONARY persons', 'ShowCreateDictionary'],
  ["SHOW TABLES WHERE file('/etc/passwd') != ''", /condition|file/],
  ['SHOW TABLES WHERE name IN (SELECT identity FROM identity_rows)', /condition|identity_rows/],
  ['SHOW TABLES WHERE name IN persons', /condition|persons/],
  ['SHOW TABLES LIMIT (SELECT max(seq) FROM person_rows)', /condition|person_rows|Syntax/],
  ["SHOW COLUMNS FROM events WHERE file('/etc/passwd') != ''", /condition|file/],
  // Statements.
  ['INSERT INTO bids (bid_id) VALUES (1)', 'InsertQuery'],
  ['INSERT INTO bids (bid_id) SELECT 1', 'InsertQuery'],
  ["INSERT INTO FUNCTION file('/tmp/x', 'CSV', 'a Int8') SELECT 1", 'InsertQuery'],
  ['CREATE TABLE x (a Int8) ENGINE = Memory', 'CreateQuery'],
  ['CREATE VIEW x AS SELECT 1', 'CreateQuery'],
  ['CREATE FUNCTION x AS (a) -> a', 'CreateSQLFunctionQuery'],
  ['CREATE TEMPORARY TABLE x (a Int8)', 'CreateQuery'],
  ['DROP TABLE bids', 'DropQuery'],
  ['TRUNCATE TABLE bids', 'TruncateQuery'],
  ['ALTER TABLE bids DELETE WHERE 1', 'AlterQuery'],
  ['DELETE FROM bids WHERE 1', 'DeleteQuery'],
  ['RENAME TABLE bids TO x', 'Rename'],
  ['OPTIMIZE TABLE bids FINAL', 'OptimizeQuery'],
  ['DETACH TABLE bids', 'DetachQuery'],
  ['ATTACH TABLE bids', /Create|Attach|syntax/i],
  ['SYSTEM SHUTDOWN', 'SYSTEM'],
  ['SYSTEM RELOAD DICTIONARY muster.persons', 'SYSTEM'],
  ['SET max_memory_usage = 1', 'Set'],
  ["SET insert_deduplication_token = 'x'", 'Set'],
  ['USE system', 'UseQuery'],
  ['GRANT ALL ON *.* TO default', 'Grant'],
  ["CREATE USER x IDENTIFIED BY 'y'", 'CreateUser'],
  ["BACKUP TABLE bids TO Disk('default', 'x')", 'BackupQuery'],
  ['KILL MUTATION WHERE 1', 'KillQuery'],
  ['SHOW PROCESSLIST', 'ShowProcesslist'],
  ['SHOW GRANTS', 'ShowGrants'],
  ['SHOW ACCESS', 'ShowAccess'],
  ['CHECK TABLE bids', 'CheckQuery'],
  ['BEGIN TRANSACTION', 'ASTTransactionControl'],
  ['EXECUTE AS default SELECT 1', 'ExecuteAs'],
  ['WATCH bids', 'WatchQuery'],
  ['EXPLAIN INSERT INTO bids (bid_id) SELECT 1', /Insert|EXPLAIN|Syntax/i],
  ['SELECT 1; DROP TABLE bids', 'semicolon'],
  ['SELECT 1;;SELECT 2', 'semicolon'],
  ["SELECT 1; INSERT INTO bids (bid_id) VALUES ('x')", 'semicolon'],
  ['SELECT 1 /* ; */; /* */ SELECT 2 --', 'semicolon'],
  // Output and settings are the endpoint's.
  ['SELECT 1 SETTINGS max_threads = 1', 'SETTINGS'],
  ['SELECT 1 FORMAT CSV SETTINGS max_threads = 1', 'SETTINGS'],
  ["SELECT 1 SETTINGS format_template_row = '/etc/passwd' FORMAT Template", 'SETTINGS'],
  ['SELECT * FROM (SELECT 1 SETTINGS max_threads = 1)', 'SETTINGS'],
  ["SELECT 1 INTO OUTFILE '/tmp/muster-out' FORMAT CSV", 'OUTFILE'],
  ["SELECT 1 INTO/**/OUTFILE '/tmp/muster-out'", 'OUTFILE'],
  ['SELECT * FROM (SELECT 1 FORMAT CSV)', /FORMAT|Syntax/i],
  // Text that two lexers may read differently.
  ["SELECT ‘ ' ’ ; DROP TABLE bids -- '", 'outside of quotes'],
  ['SELECT 1 – 2', 'outside of quotes'],
  ['SELECT $$a$$', 'heredoc'],
  ['SELECT $x$ ; $x$', 'heredoc'],
  ['SELECT 1 /* a /* b */ ; DROP TABLE bids */', 'comment'],
  ['SELECT 1 # comment', '#'],
  ['SELECT 1 #! comment', '#'],
  ['SELECT 1 // comment', '//'],
  ['SELECT 1 \\G', 'outside of quotes'],
  ['SELECT\u00a01', 'outside of quotes'],
  ['SELECT 1 \u2028', 'white-space'],
  ['SELECT 1\0; DROP TABLE bids', 'NUL'],
  ['SELECT * FROM `event\\_rows`', 'backslash'],
  ['SELECT 1 AS "a\n  TableIdentifier events"', 'control character'],
  ["SELECT 'open", 'not closed'],
  ['SELECT {x:String}', 'brace'],
  ['SELEC 1', 'Syntax error'],
  ['', 'empty'],
  [' ; ', 'empty'],
  ['/* only */', 'empty'],
  [`SELECT '${'x'.repeat(200_001)}'`, 'longer'],
];

const LEGITIMATE = [
  'SELECT 1',
  'SELECT 1;',
  '  select 1 ;\n',
  'SELECT 1 FORMAT JSON',
  'SELECT 1 format CSV;',
  'SELECT count() FROM events',
  'SELECT count(*) FROM muster.events',
  'SELECT * FROM `muster`.`events` LIMIT 10',
  'SELECT * FROM "muster"."traits"',
  'SELECT uid, uniqExact(event_id) AS n FROM events GROUP BY uid HAVING n > 1 ORDER BY n DESC LIMIT 5',
  "SELECT toStartOfInterval(at, INTERVAL 1 minute) AS t, sumIf(value, currency = 'USD') FROM events WHERE at >= now() - INTERVAL 7 DAY GROUP BY t",
  'SELECT a.audience_id, count() AS persons FROM audience_members a JOIN audiences b ON a.audience_id = b.id GROUP BY 1 ORDER BY persons',
  'WITH x AS (SELECT uid FROM audience_members) SELECT count() FROM events WHERE uid IN (SELECT uid FROM x)',
  'WITH x AS (SELECT uid FROM audience_members) SELECT count() FROM events WHERE uid IN x',
  'WITH `my x` AS (SELECT 1 AS a) SELECT a FROM `my x`',
  'SELECT bitmapCardinality(bitmapAnd((SELECT groupBitmapState(uid) FROM audience_members), (SELECT groupBitmapState(uid) FROM traits)))',
  "SELECT JSONExtractString(properties, 'a'), domainWithoutWWW(url), CAST(value, 'Float64'), value::Float64, arrayJoin(keywords) FROM events",
  'SELECT quantiles(0.5, 0.99)(price_micros), avg(price_micros) FROM bids ARRAY JOIN audience_ids AS a',
  'SELECT row_number() OVER (PARTITION BY uid ORDER BY at) FROM events QUALIFY row_number() OVER (PARTITION BY uid ORDER BY at) = 1',
  'SELECT if(1 > 0, 2, 3), 1 > 0 ? 2 : 3, CASE WHEN 1 THEN 2 ELSE 3 END, [1, 2][1], (1, 2).1',
  'SELECT * EXCEPT (properties) FROM events',
  'SELECT countDistinct(uid), count(DISTINCT uid), any(type) FROM events',
  'SELECT number FROM numbers(10) UNION ALL SELECT number FROM system.numbers LIMIT 3',
  "SELECT 'a;b', '-- no comment', '/* x', \"a;b\" FROM (SELECT 1 AS \"a;b\")",
  'SELECT \'‘ünï’\' AS "größe" -- comment ; DROP TABLE bids',
  'SELECT * FROM ledger ORDER BY topic',
  'SELECT reason, count() FROM dead_letters GROUP BY reason',
  'SELECT events.uid, muster.events.type FROM muster.events',
  "SELECT * FROM values('a UInt8, b String', (1, 'x'), (2, 'y'))",
  'EXPLAIN SELECT count() FROM events',
  'EXPLAIN SYNTAX SELECT count() FROM events',
  // What clients send on their own.
  'SELECT version()',
  'SELECT timezone()',
  'SELECT currentDatabase(), currentUser()',
  'SELECT displayName(), version(), revision(), timezone()',
  'SHOW DATABASES',
  'SHOW TABLES',
  'SHOW TABLES FROM muster',
  "SHOW TABLES LIKE 'e%'",
  'SHOW CREATE TABLE events',
  'DESCRIBE TABLE events',
  'DESC TABLE "muster"."events"',
  'DESCRIBE (SELECT 1 AS a)',
  'EXISTS TABLE muster.events',
  'SELECT DISTINCT database FROM system.tables',
  "SELECT name FROM system.tables WHERE database = 'muster'",
  "SELECT name, type, table FROM system.columns WHERE database = 'muster' AND table = 'events'",
  "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'muster'",
  'SELECT name, is_aggregate FROM system.functions',
];

describe("an analyst's query reads documented data and nothing else", () => {
  it.each(ATTACKS)('refuses %s', async (sql, named) => {
    const answer = await guard.check(sql);
    expect(answer).toMatchObject({ ok: false });
    if (answer.ok) return;
    expect(answer.message).toMatch(
      typeof named === 'string' ? new RegExp(named.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')) : named,
    );
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  });

  it('leaves the lake as it was', async () => {
    expect(
      await lake.query("SELECT name FROM system.tables WHERE database = 'muster' AND name = 'bids'"),
    ).toHaveLength(1);
    expect(await lake.query('SELECT count() AS n FROM bids')).toEqual([{ n: '0' }]);
  });

  it('no documented column has the name of a refused function', async () => {
    const columns = await lake.query<{ name: string; type: string }>(
      "SELECT name, table AS type FROM system.columns WHERE database = 'muster'",
    );
    const functions = new Set(
      (await lake.query<{ n: string }>('SELECT lower(name) AS n FROM system.functions')).map(({ n }) => n),
    );
    expect(columns.length).toBeGreaterThan(50);
    expect(
      columns.filter(
        ({ name, type }) =>
          isAllowedTable('muster', type) && functions.has(name.toLowerCase()) && !isAllowedFunction(name),
      ),
    ).toEqual([]);
  });

  it.each(LEGITIMATE)('lets through and runs %s', async (sql) => {
    const answer = await guard.check(sql);
    expect(answer).toMatchObject({ ok: true });
    if (!answer.ok) return;
    const text = answer.explain ? `SELECT * FROM (${answer.sql})` : answer.sql;
    await expect(lake.rawQuery({ sql: text, format: 'JSON' })).resolves.toBeDefined();
  });
});
