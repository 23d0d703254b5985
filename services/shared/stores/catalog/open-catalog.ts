import { Catalog } from './catalog';
import { applyMigrations, migrationsDirectory } from './migrations';
import { connectPglite } from './pglite/connect';

/**
 * Opens the catalog and brings its schema up to date. `path`: Postgres in this process, one process per
 * directory. Rejects with CatalogError: `in_use` where another process has it open, `migration` where its
 * schema is not ours.
 */
export async function openCatalog(options: { path: string }): Promise<Catalog> {
  const connection = await connectPglite(options.path);
  try {
    await applyMigrations(connection, migrationsDirectory());
    return new Catalog(connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
}
