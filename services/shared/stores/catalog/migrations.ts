import { sql } from 'drizzle-orm';
import { pgTable, text } from 'drizzle-orm/pg-core';
import { CatalogError } from './catalog-error';
import type { CatalogConnection } from './connection';
import { packagePath } from '../../package-path';
import { readMigrationFiles } from '../migration-files';

const schemaMigrations = pgTable('schema_migrations', {
  file: text('file').primaryKey(),
  checksum: text('checksum').notNull(),
});

/** Any number: what counts is that every starter takes the same advisory lock. */
const MIGRATION_LOCK = 731_852_004;

/** `schemas/postgres`, from the source tree as well as from `dist`. */
export function migrationsDirectory(): string {
  return packagePath('schemas/postgres', (message) => new CatalogError({ code: 'migration', message }));
}

/**
 * Applies `NNNN_*.sql` in order, each in one transaction with its record, so that a crash leaves none half
 * done. Answers the files that were applied now. Rejects (CatalogError `migration`) when a file that was
 * applied has another content today.
 */
export async function applyMigrations(connection: CatalogConnection, directory: string): Promise<string[]> {
  // Under the lock: two starters that make one table at once fail, even with IF NOT EXISTS.
  await connection.script(
    `SELECT pg_advisory_xact_lock(${MIGRATION_LOCK});
     CREATE TABLE IF NOT EXISTS schema_migrations (file text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  const applied: string[] = [];
  for (const { file, text: statements, checksum } of readMigrationFiles(directory)) {
    if (await isRecorded(connection, file, checksum)) continue;
    try {
      // Two starters at once: the second waits for the lock and then fails on the primary key, having done nothing.
      await connection.script(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK});
        INSERT INTO schema_migrations (file, checksum) VALUES ('${file}', '${checksum}');
        ${statements}`);
    } catch (error) {
      if (await isRecorded(connection, file, checksum)) continue;
      throw error;
    }
    applied.push(file);
  }
  return applied;
}

async function isRecorded(connection: CatalogConnection, file: string, checksum: string): Promise<boolean> {
  const [row] = await connection.database
    .select()
    .from(schemaMigrations)
    .where(sql`${schemaMigrations.file} = ${file}`);
  if (row !== undefined && row.checksum !== checksum) {
    throw new CatalogError({
      code: 'migration',
      message: `${file} was changed after it had been applied; add a new file instead`,
    });
  }
  return row !== undefined;
}
