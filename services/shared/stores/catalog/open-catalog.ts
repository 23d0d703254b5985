import type { Logger } from 'pino';
import { Catalog } from './catalog';
import { applyMigrations, migrationsDirectory } from './migrations';
import { connectPglite } from './pglite/connect';
import { connectPostgres } from './postgres/connect';

/** Where the catalog is: a directory for the engine in this process, or a Postgres server's URL. */
export type CatalogLocation = { path: string } | { url: string };

/**
 * Opens the catalog and brings its schema up to date. `path`: Postgres in this process, one process per
 * directory. `url`: a server, for any number of processes. Rejects with CatalogError: `in_use` where another process
 * has the directory open, `unreachable` where the server does not answer, `migration` where the schema is not ours.
 */
export async function openCatalog(location: CatalogLocation & { logger?: Logger }): Promise<Catalog> {
  const connection =
    'path' in location
      ? await connectPglite(location.path)
      : await connectPostgres(location.url, location.logger);
  try {
    await applyMigrations(connection, migrationsDirectory());
    return new Catalog(connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
}
