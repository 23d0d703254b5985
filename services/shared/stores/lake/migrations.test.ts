import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { execute, openClients } from './clients';
import {
  applyMigrations,
  migrationsDirectory,
  readMigrations,
  type Login,
  type Migration,
  type MigrationRunner,
} from './migrations';
import { parseJsonRows } from './results';

const path = mkdtempSync(join(tmpdir(), 'muster-migrations-'));
let client: ClickHouseClient;
let runner: MigrationRunner;
let failAt = Infinity;
let commands: string[] = [];

beforeAll(async () => {
  [client] = (await openClients({ path }, 'migrated', 1)) as [ClickHouseClient];
  runner = {
    command: async (sql) => {
      commands.push(sql);
      if (commands.length > failAt) throw new Error('crashed');
      await execute(client, sql);
    },
    query: async <T>(sql: string) =>
      parseJsonRows<T>((await execute(client, `${sql} FORMAT JSONEachRow`)).body),
  };
});
afterAll(async () => {
  await client.close();
  rmSync(path, { recursive: true, force: true });
});
beforeEach(async () => {
  failAt = Infinity;
  commands = [];
  await execute(client, 'DROP DATABASE migrated SYNC');
  await execute(client, 'CREATE DATABASE migrated ENGINE = Atomic');
});

const real = () => readMigrations(migrationsDirectory(), 'migrated');
const tables = async () =>
  (
    await execute(
      client,
      "SELECT name FROM system.tables WHERE database = 'migrated' ORDER BY name FORMAT CSV",
    )
  ).body.toString();

describe('migrations of the lake', () => {
  it('are applied in order, once, and recorded', async () => {
    const applied = await applyMigrations(runner, real());
    expect(applied).toEqual([...applied].sort());
    expect(applied).toContain('0001_tables.sql');
    const before = await tables();
    expect(before).toContain('"event_rows"');
    expect(await applyMigrations(runner, real())).toEqual([]);
    expect(await tables()).toBe(before);
  });

  it('a crash after any statement is mended by the next start', async () => {
    await applyMigrations(runner, real());
    const whole = await tables();
    const statements = commands.length;
    for (const at of [1, 2, Math.floor(statements / 2), statements - 2, statements - 1]) {
      await execute(client, 'DROP DATABASE migrated SYNC');
      await execute(client, 'CREATE DATABASE migrated ENGINE = Atomic');
      commands = [];
      failAt = at;
      await expect(applyMigrations(runner, real())).rejects.toThrow('crashed');
      failAt = Infinity;
      await applyMigrations(runner, real());
      expect(await tables()).toBe(whole);
    }
  });

  it('a file that was applied may not change', async () => {
    const migration: Migration = {
      file: '0001_a.sql',
      checksum: 'a',
      statements: ['CREATE TABLE IF NOT EXISTS a (n Int8) ENGINE = Memory'],
    };
    await applyMigrations(runner, [migration]);
    await expect(applyMigrations(runner, [{ ...migration, checksum: 'b' }])).rejects.toMatchObject({
      code: 'migration',
      retryable: false,
    });
  });

  it('every statement of the schema can run again', () => {
    for (const { file, statements } of real()) {
      for (const statement of statements) {
        expect([file, statement]).toEqual([
          file,
          expect.stringMatching(
            /^(CREATE \w+ IF NOT EXISTS|CREATE OR REPLACE|DROP \w+ IF EXISTS|ALTER TABLE .* (ADD|DROP|MODIFY|MATERIALIZE) )/s,
          ),
        ]);
      }
    }
  });

  it('statements end at a semicolon at the end of a line; comments and {database} are taken out', () => {
    const directory = mkdtempSync(join(tmpdir(), 'muster-sql-'));
    writeFileSync(
      join(directory, '0002_b.sql'),
      "-- a; comment\nSELECT ';' AS a, '{database}';\n\n  -- b\nSELECT 2 ; \n",
    );
    writeFileSync(join(directory, '0001_a.sql'), 'SELECT 1;');
    writeFileSync(join(directory, 'notes.txt'), 'no');
    expect(readMigrations(directory, 'm').map(({ file, statements }) => [file, statements])).toEqual([
      ['0001_a.sql', ['SELECT 1']],
      ['0002_b.sql', ["SELECT ';' AS a, 'm'", 'SELECT 2']],
    ]);
    expect(readdirSync(directory)).toHaveLength(3);
    rmSync(directory, { recursive: true });
  });
});

test('a dictionary that reads its own server logs in as we do', () => {
  const dictionaryOf = (login?: Login): string | undefined =>
    readMigrations(migrationsDirectory(), 'm', login)
      .flatMap(({ statements }) => statements)
      .find((statement) => statement.startsWith('CREATE DICTIONARY'));
  expect(dictionaryOf()).toContain("SOURCE(CLICKHOUSE(QUERY 'SELECT iid");
  expect(dictionaryOf({ user: 'muster', password: "o'clock" })).toContain(
    "SOURCE(CLICKHOUSE(USER 'muster' PASSWORD 'o\\'clock' QUERY 'SELECT iid",
  );
});
