import { quoteText } from './bind';
import { LakeError } from './lake-error';
import { packagePath } from '../../package-path';
import { readMigrationFiles } from '../migration-files';

export interface Migration {
  /** File name, `0001_tables.sql`. */
  file: string;
  /** sha256 of the file, hex. */
  checksum: string;
  statements: string[];
}

const OWN_SERVER = 'SOURCE(CLICKHOUSE(';

/** The part of the lake that migrations need: run a statement, read rows. */
export interface MigrationRunner {
  command(sql: string): Promise<void>;
  query<T>(sql: string): Promise<T[]>;
}

/** `schemas/clickhouse`, from the source tree as well as from `dist`. */
export function migrationsDirectory(): string {
  return packagePath('schemas/clickhouse', (message) => new LakeError({ code: 'migration', message }));
}

/** Whom a server knows us as. */
export interface Login {
  user: string;
  password: string;
}

/**
 * `NNNN_*.sql` in order. A statement ends with a semicolon at the end of a line; `{database}` is replaced. Dictionaries
 * that read their own server log in as we do, else as the user `default` without a password.
 */
export function readMigrations(directory: string, database: string, login?: Login): Migration[] {
  const source =
    login === undefined
      ? OWN_SERVER
      : `${OWN_SERVER}USER ${quoteText(login.user)} PASSWORD ${quoteText(login.password)} `;
  return readMigrationFiles(directory).map(({ file, text, checksum }) => {
    const statements = text
      .replace(/^\s*--.*$/gm, '')
      .split(/;[ \t]*$/m)
      .map((statement) => statement.trim().replaceAll('{database}', database).replace(OWN_SERVER, source))
      .filter((statement) => statement !== '');
    return { file, checksum, statements };
  });
}

/** Remembers what was applied. */
export const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS migrations (
    file String,
    checksum String,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = ReplacingMergeTree ORDER BY file`;

/**
 * Applies what is not yet recorded, in order, and records each file once all its statements ran. Statements
 * repeat without harm (IF NOT EXISTS, OR REPLACE), so a crash in the middle is mended by the next start.
 * `expand` says which statements stand for one where the lake is. Rejects (LakeError `migration`) when a recorded
 * file has another content now.
 */
export async function applyMigrations(
  runner: MigrationRunner,
  migrations: readonly Migration[],
  expand: (statement: string) => string[] = (statement) => [statement],
): Promise<string[]> {
  for (const statement of expand(MIGRATIONS_TABLE)) await runner.command(statement);
  const recorded = await runner.query<{ file: string; checksum: string }>(
    'SELECT file, checksum FROM migrations FINAL',
  );
  const known = new Map(recorded.map(({ file, checksum }) => [file, checksum]));
  const applied: string[] = [];
  for (const { file, checksum, statements } of migrations) {
    const before = known.get(file);
    if (before !== undefined && before !== checksum) {
      throw new LakeError({
        code: 'migration',
        message: `${file} was changed after it had been applied; add a new file instead`,
      });
    }
    if (before !== undefined) continue;
    for (const statement of statements.flatMap(expand)) await runner.command(statement);
    await runner.command(`INSERT INTO migrations (file, checksum) VALUES ('${file}', '${checksum}')`);
    applied.push(file);
  }
  return applied;
}
