import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrationsDirectory as postgresDirectory } from '../shared/stores/catalog/migrations';
import { migrationsDirectory as clickhouseDirectory } from '../shared/stores/lake/migrations';
import { readMigrationFiles } from '../shared/stores/migration-files';

/** Files of a schema's migrations and their checksums. */
export type Migrations = Record<string, string>;
export type Schema = 'clickhouse' | 'postgres';

/** What the migrations of this version are. */
export function ownMigrations(schema: Schema): Migrations {
  const directory = schema === 'clickhouse' ? clickhouseDirectory() : postgresDirectory();
  return Object.fromEntries(readMigrationFiles(directory).map(({ file, checksum }) => [file, checksum]));
}

const FILE = 'schema.json';

/**
 * Leaves word in the data directory of the migrations that its embedded engines have, so that `doctor` need not open
 * them, which only one process may. Written aside and renamed: whole or not at all.
 */
export function stampSchema(dataDir: string, schema: Schema): void {
  const path = join(dataDir, FILE);
  const text = JSON.stringify({ ...readStamp(dataDir), [schema]: ownMigrations(schema) });
  const aside = `${path}.${process.pid}.new`;
  writeFileSync(aside, `${text}\n`);
  renameSync(aside, path);
}

/** Empty before the first start. */
export function readStamp(dataDir: string): Partial<Record<Schema, Migrations>> {
  const path = join(dataDir, FILE);
  if (!existsSync(path)) return {};
  return JSON.parse(readFileSync(path, 'utf8')) as Partial<Record<Schema, Migrations>>;
}
