import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import type { CatalogConnection } from '../connection';
import { lockDirectory } from './directory-lock';

/**
 * Postgres in this process, its files under `path`. Rejects (CatalogError `in_use`) while another process, or
 * this one, has the directory open: PGlite itself would not notice, and the two would diverge.
 */
export async function connectPglite(path: string): Promise<CatalogConnection> {
  mkdirSync(path, { recursive: true });
  const release = lockDirectory(path);
  try {
    const client = await PGlite.create({ dataDir: join(path, 'postgres') });
    return {
      database: drizzle({ client }),
      script: async (sql) => {
        await client.transaction((transaction) => transaction.exec(sql));
      },
      // One process has the directory, so it has every right in it.
      hold: () => Promise.resolve(() => Promise.resolve()),
      close: async () => {
        await client.close();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}
