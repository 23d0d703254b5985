import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import type { CatalogConnection } from './connection';
import { applyMigrations, migrationsDirectory } from './migrations';
import { connectPglite } from './pglite/connect';

describe('migrations', () => {
  const directory = mkdtempSync(join(tmpdir(), 'muster-migrations-'));
  const files = join(directory, 'files');
  let connection: CatalogConnection;

  beforeAll(async () => {
    mkdirSync(files);
    cpSync(migrationsDirectory(), files, { recursive: true });
    connection = await connectPglite(join(directory, 'catalog'));
  });
  afterAll(async () => {
    await connection.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test('run once, in order, however often they are applied', async () => {
    writeFileSync(join(files, '9002_b.sql'), 'INSERT INTO probe VALUES (2);');
    writeFileSync(join(files, '9001_a.sql'), 'CREATE TABLE probe (n int); INSERT INTO probe VALUES (1);');
    expect((await applyMigrations(connection, files)).slice(-2)).toEqual(['9001_a.sql', '9002_b.sql']);
    expect(await applyMigrations(connection, files)).toEqual([]);
  });

  test('a file that fails leaves nothing half done and can be mended', async () => {
    writeFileSync(join(files, '9003_c.sql'), 'INSERT INTO probe VALUES (3); SELECT nonsense FROM nowhere;');
    await expect(applyMigrations(connection, files)).rejects.toThrow('nowhere');
    writeFileSync(join(files, '9003_c.sql'), 'INSERT INTO probe VALUES (4);');
    expect(await applyMigrations(connection, files)).toEqual(['9003_c.sql']);
    const [row] = await connection.database
      .select({ numbers: sql<number[]>`array_agg(n ORDER BY n)` })
      .from(sql`probe`);
    expect(row?.numbers).toEqual([1, 2, 4]);
  });

  test('a file that was applied may not change', async () => {
    writeFileSync(join(files, '9003_c.sql'), 'INSERT INTO probe VALUES (5);');
    await expect(applyMigrations(connection, files)).rejects.toMatchObject({ code: 'migration' });
  });
});
