/** Hazards of the embedded engine that the lake is built around. If one of these fails, the engine has changed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { execute, openClients } from './clients';

const path = mkdtempSync(join(tmpdir(), 'muster-hazards-'));
let client: ClickHouseClient;
let other: ClickHouseClient;

beforeAll(async () => {
  [client, other] = (await openClients({ path }, 'hazards', 2)) as [ClickHouseClient, ClickHouseClient];
});
afterAll(async () => {
  await Promise.all([client.close(), other.close()]);
  rmSync(path, { recursive: true, force: true });
});
beforeEach(async () => {
  await execute(client, 'DROP TABLE IF EXISTS t');
  await execute(
    client,
    'CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 100',
  );
});

const count = async () => Number((await execute(other, 'SELECT count() FROM t')).body.toString());

describe('hazards of chDB behind the official client', () => {
  it('a per-query setting stays: after one insert with a token, inserts without one vanish with success', async () => {
    const [leaky] = (await openClients({ path }, 'hazards', 1)) as [ClickHouseClient];
    const settings = { insert_deduplication_token: 'once' };
    await leaky.insert({
      table: 't',
      values: [{ n: 1 }],
      format: 'JSONEachRow',
      clickhouse_settings: settings,
    });
    await leaky.insert({ table: 't', values: [{ n: 2 }], format: 'JSONEachRow' });
    await leaky.insert({ table: 't', values: [{ n: 3 }], format: 'JSONEachRow' });
    expect(await count()).toBe(1);
    await leaky.close();
  });

  it('the same setting in the text of the statement ends with it', async () => {
    await execute(
      client,
      'INSERT INTO t SETTINGS insert_deduplication_token = \'once\' FORMAT JSONEachRow\n{"n":1}',
    );
    await execute(client, 'INSERT INTO t FORMAT JSONEachRow\n{"n":2}');
    await execute(client, 'INSERT INTO t FORMAT JSONEachRow\n{"n":3}');
    expect(await count()).toBe(3);
  });

  it('several statements in one text are all run', async () => {
    await execute(client, 'EXPLAIN AST SELECT 1; INSERT INTO t VALUES (1)');
    expect(await count()).toBe(1);
  });

  it('equal rows without a token are dropped silently', async () => {
    await execute(client, 'INSERT INTO t VALUES (1)');
    await execute(client, 'INSERT INTO t VALUES (1)');
    expect(await count()).toBe(1);
  });

  it('64-bit numbers lose digits in JSON unless they are quoted', async () => {
    const bare = await client.query({
      query: 'SELECT toUInt64(9007199254740993) AS n',
      format: 'JSONEachRow',
    });
    expect(await bare.json()).toEqual([{ n: 9007199254740992 }]);
  });

  it('an aborted query is computed to its end; only its own limit ends it', async () => {
    const sql =
      'SELECT count() FROM numbers(100000000000) WHERE number % 7 = 3 SETTINGS max_execution_time = 2';
    const started = Date.now();
    const aborted = new AbortController();
    const query = client.query({ query: sql, abort_signal: aborted.signal });
    setTimeout(() => aborted.abort(), 100);
    await expect(query).rejects.toThrow();
    const rejectedMs = Date.now() - started;
    await execute(client, 'SELECT 1');
    const nextMs = Date.now() - started;
    // The next query waits for the limit of the aborted one: order, not speed.
    expect(nextMs).toBeGreaterThan(1_500);
    expect(rejectedMs).toBeLessThan(nextMs);
  });

  it('readonly = 1 still reads and writes files', async () => {
    const file = join(path, 'written.csv');
    await execute(client, `SELECT 1 INTO OUTFILE '${file}' FORMAT CSV SETTINGS readonly = 1`);
    const read = await execute(client, `SELECT file('${file}') FORMAT TSV SETTINGS readonly = 1`);
    expect(read.body.toString()).toMatch(/^1/);
  });
});
