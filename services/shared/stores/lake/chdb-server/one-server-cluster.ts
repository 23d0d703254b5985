/**
 * A cluster of the one engine in this process. Tables over shards are the engine's own; what needs Keeper, replication
 * and the queue of statements for every server, is not in it, and is taken out of the statements.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The engine reads its configuration from the directory that its process is started in. */
const CONFIGURATION_FILE = 'config.xml';
const HOST = '127.0.0.1';
const PORT = 9000;

/** Clusters by name, with the number of their shards: each is this engine again, so rows are read once per shard. */
export function writeClusters(dir: string, clusters: Readonly<Record<string, number>>): void {
  const replica = `<replica><host>${HOST}</host><port>${PORT}</port></replica>`;
  const shard = `<shard><internal_replication>true</internal_replication>${replica}</shard>`;
  const servers = Object.entries(clusters).map(
    ([name, shards]) => `<${name}>${shard.repeat(shards)}</${name}>`,
  );
  writeFileSync(
    join(dir, CONFIGURATION_FILE),
    `<clickhouse><tcp_port>${PORT}</tcp_port><remote_servers>${servers.join('')}</remote_servers>` +
      '<macros><shard>1</shard><replica>1</replica></macros></clickhouse>\n',
  );
}

/** Settings of a request that only make sense between servers: this one answers on no port of the engine's own. */
export const BETWEEN_SERVERS: ReadonlySet<string> = new Set([
  'prefer_localhost_replica',
  'distributed_ddl_task_timeout',
  'distributed_ddl_output_mode',
]);

export interface OwnStatement {
  sql: string;
  /** What a cluster answers to a statement for every server; undefined: the statement's own result. */
  answer: string | undefined;
}

/** What a statement comes to without Keeper. Rows to insert, behind FORMAT, stay as they are. */
export function withoutKeeper(sql: string): OwnStatement {
  const head = /^(CREATE|ALTER|DROP|TRUNCATE|SYSTEM)\b/.test(sql);
  if (!head) return { sql, answer: undefined };
  const own = sql
    .replace(/ ON CLUSTER '[\w-]+'/, '')
    .replace(/Replicated(\w*MergeTree)\('[^']*', '\{replica\}'(?:, )?/, '$1(')
    .replace(/, replicated_deduplication_window_seconds = \d+/, '')
    .replace(/\breplicated_deduplication_window\b/, 'non_replicated_deduplication_window')
    .replaceAll('prefer_localhost_replica = 0', 'prefer_localhost_replica = 1');
  return { sql: own, answer: own === sql ? undefined : `${HOST}\t${PORT}\t0\t\t0\t0\n` };
}
