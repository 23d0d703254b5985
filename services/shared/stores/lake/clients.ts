import { mkdirSync } from 'node:fs';
import {
  ClickHouseLogLevel,
  createClient,
  type ClickHouseClient,
  type ClickHouseClientConfigOptions,
  type ClickHouseSettings,
} from '@clickhouse/client';
import { quoteText } from './bind';
import { CLUSTER_SETTINGS } from './cluster/cluster-settings';
import { LARGE_STATEMENTS } from './large-statements';

/**
 * Where the lake is: a directory for the engine in this process, or a ClickHouse server's URL, which may be any server of
 * the `cluster` that its configuration has under this name.
 */
export type LakeLocation = { path: string } | { url: string; cluster?: string };

const HTTP_OPTIONS = {
  /** Longer than any query may run, so that the engine's own limit speaks first; each call has a shorter one. */
  request_timeout: 3_600_000,
  max_open_connections: 1,
  /** Whoever called hears of errors; the client would print them as well. */
  log: { level: ClickHouseLogLevel.OFF },
};

export interface ExecSummary {
  readRows: number;
  readBytes: number;
  elapsedNs: number;
}

/**
 * Clients of one lake with `database` (made where it is not) as their default. The client code is the same
 * for both locations, only the connection differs. No `clickhouse_settings` but those of `execute`: chDB would
 * keep them for every later call.
 */
export async function openClients(
  location: LakeLocation,
  database: string,
  count: number,
): Promise<ClickHouseClient[]> {
  if ('path' in location) mkdirSync(location.path, { recursive: true });
  const clients: ClickHouseClient[] = [];
  try {
    for (let i = 0; i < count; i += 1) {
      const client = await createLakeClient(location);
      clients.push(client);
      if (i === 0) await execute(client, createDatabaseSql(location, database));
      if ('path' in location) await execute(client, `USE ${database}`);
    }
    return 'path' in location ? clients : await withDefaultDatabase(location, database, clients);
  } catch (error) {
    await Promise.allSettled(clients.map((client) => client.close()));
    throw error;
  }
}

/**
 * Ends whatever the engine of this process is running. Without it neither `close` nor the process itself could
 * end before the longest query does. A server's queries are its own matter: their connections are just left.
 */
export async function killRunning(location: LakeLocation): Promise<void> {
  if ('url' in location) return;
  const client = await createLakeClient(location);
  try {
    await execute(client, 'KILL QUERY WHERE query_id != queryID() ASYNC');
  } finally {
    await client.close();
  }
}

/** Over HTTP nothing is kept between requests: the client names the database with each. */
async function withDefaultDatabase(
  { url, cluster }: Extract<LakeLocation, { url: string }>,
  database: string,
  bare: ClickHouseClient[],
): Promise<ClickHouseClient[]> {
  await Promise.all(bare.map((client) => client.close()));
  // Settings of a client go with each of its requests; only chDB would keep them.
  const clickhouse_settings = { ...LARGE_STATEMENTS, ...(cluster === undefined ? {} : CLUSTER_SETTINGS) };
  return bare.map(() => createClient({ url, database, clickhouse_settings, ...HTTP_OPTIONS }));
}

function createDatabaseSql(location: LakeLocation, database: string): string {
  const onCluster =
    'url' in location && location.cluster !== undefined ? ` ON CLUSTER ${quoteText(location.cluster)}` : '';
  return `CREATE DATABASE IF NOT EXISTS ${database}${onCluster} ENGINE = Atomic`;
}

async function createLakeClient(location: LakeLocation): Promise<ClickHouseClient> {
  if ('url' in location) {
    return createClient({ url: location.url, ...HTTP_OPTIONS });
  }
  // Loaded where it is used: a platform on a ClickHouse server needs no engine of its own.
  const { createChdbConnection } = await import('chdb/connection');
  // The same interface from two copies of the client's common package: one name for the compiler.
  const connection = createChdbConnection({
    path: location.path,
  }) as unknown as ClickHouseClientConfigOptions['connection'];
  return createClient({ connection });
}

export interface ExecOptions {
  defaultFormat?: 'TabSeparatedRaw';
  /** Gives up; only for a server: chDB would go on, and the next query wait for it. */
  signal?: AbortSignal;
  /** For servers alone. */
  settings?: ClickHouseSettings;
}

/**
 * Runs whole SQL, body and format included, and answers what came back. `defaultFormat` is for statements that
 * take no FORMAT clause. These two settings are the only ones that chDB does not turn into a lasting SET.
 */
export async function execute(
  client: ClickHouseClient,
  sql: string,
  { defaultFormat, signal, settings: more = {} }: ExecOptions = {},
): Promise<{ body: Buffer; summary: ExecSummary }> {
  const settings = defaultFormat === undefined ? more : { default_format: defaultFormat, ...more };
  const { stream, summary } = await client.exec({
    query: sql,
    abort_signal: signal,
    // For HTTP only: an error late in a result is an error status, not text at the end of the rows.
    clickhouse_settings: { wait_end_of_query: 1, ...settings },
  });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const [only] = chunks;
  return {
    body: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks),
    summary: {
      readRows: Number(summary?.read_rows ?? 0),
      readBytes: Number(summary?.read_bytes ?? 0),
      elapsedNs: Number(summary?.elapsed_ns ?? 0),
    },
  };
}
