import type { ClickHouseSettings } from '@clickhouse/client';

/** What a layout asks of the lake that it is the layout of. */
export interface LayoutEngine {
  /** Runs one statement; answers its rows, tab-separated. `settings` are for servers alone: chDB would keep them. */
  run(sql: string, settings?: ClickHouseSettings): Promise<string>;
  query<T>(sql: string): Promise<T[]>;
}

/**
 * Where the tables lie: in one engine, or on the servers of a cluster. Everything that differs between the two is here
 * and in the settings of the connection; a stage knows of neither.
 */
export interface Layout {
  /** The statements that make of a migration's statement what it means here. */
  expand(statement: string): string[];
  /** Rejects (LakeError `migration`) when the servers are not set up for it. */
  check(engine: LayoutEngine): Promise<void>;
  reloadPersons(engine: LayoutEngine): Promise<void>;
  dropPartition(engine: LayoutEngine, table: string, partitionId: string): Promise<void>;
  /** SQL of a table of the engine's own, with the rows of every server that answers. */
  system(table: 'parts' | 'processes'): { source: string; settings: Readonly<Record<string, number>> };
  /** Name of the table that holds the rows of `table`. */
  storedIn(table: string): string;
}

/** One engine, in this process or behind a URL. */
export function singleLayout(database: string): Layout {
  return {
    expand: (statement) => [statement],
    check: async () => {},
    reloadPersons: async (engine) => void (await engine.run(`SYSTEM RELOAD DICTIONARY ${database}.persons`)),
    dropPartition: async (engine, table, partitionId) =>
      void (await engine.run(`ALTER TABLE ${table} DROP PARTITION ID '${partitionId}'`)),
    system: (table) => ({ source: `system.${table}`, settings: {} }),
    storedIn: (table) => table,
  };
}
