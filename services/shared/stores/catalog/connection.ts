import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';

/** Every query of the catalog is written against this; only the driver below it differs. */
export type Database = PgDatabase<PgQueryResultHKT, Record<string, never>>;

/** What a driver gives: queries, scripts of several statements (for migrations), and an end. */
export interface CatalogConnection {
  database: Database;
  /** Runs several statements of trusted SQL in one transaction; a rejection undoes them all. */
  script(sql: string): Promise<void>;
  /**
   * Waits until no other process holds the right of this name, then holds it until the answer is called. `onLost`: it is
   * gone although nobody gave it back, and another may have it; what it protects must stop at once.
   */
  hold(name: string, onLost: (error: Error) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
