import { quoteName, quoteText } from '../bind';
import { LakeError } from '../lake-error';
import { shardingKeyOf } from './sharding-keys';

/** Name of a cluster in the servers' configuration (`remote_servers`), and the lake's database on it. */
export interface Cluster {
  name: string;
  database: string;
}

/** How long a token is known, whatever comes in between: as long as the log keeps records that could be inserted again. */
const DEDUPLICATION_SECONDS = 7 * 86_400;

/** What a dictionary asks is no query of ours: it says itself that it reads where we write. */
const DICTIONARY_READS = "SETTINGS prefer_localhost_replica = 0, load_balancing = \\'in_order\\'";

/** The table that holds a shard's rows. */
export function localName(table: string): string {
  return `${table}_local`;
}

/**
 * What a migration's statement becomes on a cluster: tables are replicated within a shard under `<table>_local`, and a
 * Distributed table over them has the table's name, so that queries and inserts stay as they are. Throws LakeError
 * `migration` for a statement that has no such meaning. `keyOf`: SQL of a row's shard, by table.
 */
export function clusterStatements(
  statement: string,
  cluster: Cluster,
  keyOf: (table: string) => string = shardingKeyOf,
): string[] {
  const [verb] = /^[A-Z]+(?: OR REPLACE)?(?: [A-Z]+)/.exec(statement) ?? [];
  switch (verb) {
    case 'CREATE TABLE':
      return createTable(statement, cluster, keyOf);
    case 'CREATE DICTIONARY':
      return [createDictionary(statement, cluster)];
    case 'CREATE OR REPLACE VIEW':
      return [createView(statement, cluster)];
    case 'ALTER TABLE':
      return alterTable(statement, cluster);
    case 'DROP TABLE':
    case 'DROP VIEW':
    case 'DROP DICTIONARY':
      return drop(statement, cluster);
    case 'TRUNCATE TABLE':
      return [
        rewrite(
          statement,
          /^TRUNCATE TABLE (\w+)/,
          ([, table = '']) => `TRUNCATE TABLE ${on(localName(table), cluster)}`,
        ),
      ];
    default:
      throw unknown(statement);
  }
}

/** A name with its database, and that the statement is for every server. */
function on(name: string, { database, name: cluster }: Cluster): string {
  return `${quoteName(database)}.${quoteName(name)} ON CLUSTER ${quoteText(cluster)}`;
}

function createTable(statement: string, cluster: Cluster, keyOf: (table: string) => string): string[] {
  const head = /^CREATE TABLE (IF NOT EXISTS )?(\w+) \(/.exec(statement);
  if (head === null) throw unknown(statement);
  const [matched, ifNotExists = '', table = ''] = head;
  const local = localName(table);
  const path = `/clickhouse/tables/{shard}/${cluster.database}/${local}`;
  const columns = statement.slice(matched.length);
  const replicated = rewrite(
    columns,
    /ENGINE = (Replacing)?MergeTree(?:\(([^)]*)\))?/,
    ([, kind = '', args]) =>
      `ENGINE = Replicated${kind}MergeTree(${[quoteText(path), quoteText('{replica}'), ...(args ? [args] : [])].join(', ')})`,
  );
  return [
    `CREATE TABLE ${ifNotExists}${on(local, cluster)} (${withReplicatedWindow(replicated)}`,
    `CREATE TABLE ${ifNotExists}${on(table, cluster)} AS ${quoteName(cluster.database)}.${quoteName(local)} ` +
      `ENGINE = Distributed(${quoteText(cluster.name)}, ${quoteText(cluster.database)}, ${quoteText(local)}, ${keyOf(table)})`,
  ];
}

/**
 * Replicated tables know tokens by settings of their own. A table that declares none gets none, as on one server: else
 * they would drop equal inserts.
 */
function withReplicatedWindow(table: string): string {
  const [declared, window] = /non_replicated_deduplication_window = (\d+)/.exec(table) ?? [];
  if (declared === undefined) {
    const settings = /\nSETTINGS | SETTINGS /.test(table) ? ',' : '\nSETTINGS';
    return `${table}${settings} replicated_deduplication_window = 0`;
  }
  return table.replace(
    declared,
    `replicated_deduplication_window = ${window}, replicated_deduplication_window_seconds = ${DEDUPLICATION_SECONDS}`,
  );
}

/** On every server, each filled from all shards: links of any two identities may be asked for anywhere. */
function createDictionary(statement: string, cluster: Cluster): string {
  const placed = rewrite(
    statement,
    /^CREATE DICTIONARY (IF NOT EXISTS )?(\w+)/,
    ([, ifNotExists = '', name = '']) => `CREATE DICTIONARY ${ifNotExists}${on(name, cluster)}`,
  );
  return placed.replace(
    /QUERY '((?:[^'\\]|\\.)*)'/g,
    (_, query: string) => `QUERY '${query} ${DICTIONARY_READS}'`,
  );
}

function createView(statement: string, cluster: Cluster): string {
  const placed = rewrite(
    statement,
    /^CREATE OR REPLACE VIEW (\w+)/,
    ([, name = '']) => `CREATE OR REPLACE VIEW ${on(name, cluster)}`,
  );
  // Each server reads the statement with a default database of its own.
  return placed.replace(
    /\b(FROM|JOIN) (\w+)/g,
    (_, word: string, table: string) => `${word} ${quoteName(cluster.database)}.${quoteName(table)}`,
  );
}

/** What is about rows and parts concerns the shards' tables, what is about columns the table over them too. */
function alterTable(statement: string, cluster: Cluster): string[] {
  const head =
    /^ALTER TABLE (\w+) ((ADD|DROP|MODIFY|RENAME|CLEAR|COMMENT|MATERIALIZE|DELETE|UPDATE)(?: (\w+))?.*)$/s.exec(
      statement,
    );
  if (head === null) throw unknown(statement);
  const [, table = '', change = '', action, subject] = head;
  const local = `ALTER TABLE ${on(localName(table), cluster)} ${change}`;
  // What orders the rows of a shard is no business of the table over them.
  const [, added] = /^(ADD COLUMN [^,]+), MODIFY ORDER BY \([\w, ]+\)$/.exec(change) ?? [];
  if (added !== undefined) return [local, `ALTER TABLE ${on(table, cluster)} ${added}`];
  const columns =
    subject === 'COLUMN' &&
    (action === 'ADD' || action === 'DROP' || action === 'MODIFY' || action === 'RENAME');
  if (!columns) return [local];
  // A column that several changes follow may be of both kinds; that is not worth guessing about.
  if (/,\s*(ADD|DROP|MODIFY|RENAME|MATERIALIZE|CLEAR) /.test(change)) {
    throw new LakeError({
      code: 'migration',
      message: `one change of ${table} at a time, for a cluster: ${shortened(statement)}`,
    });
  }
  const distributed = `ALTER TABLE ${on(table, cluster)} ${change}`;
  // No moment at which the table above names a column that is not below it.
  return action === 'DROP' ? [distributed, local] : [local, distributed];
}

function drop(statement: string, cluster: Cluster): string[] {
  const head = /^DROP (TABLE|VIEW|DICTIONARY) (IF EXISTS )?(\w+)$/.exec(statement);
  if (head === null) throw unknown(statement);
  const [, kind = '', ifExists = '', name = ''] = head;
  const dropped = `DROP ${kind} ${ifExists}${on(name, cluster)}`;
  if (kind !== 'TABLE') return [dropped];
  // SYNC: Keeper forgets the table before another of its name may come.
  return [dropped, `DROP TABLE ${ifExists}${on(localName(name), cluster)} SYNC`];
}

function rewrite(text: string, pattern: RegExp, by: (match: RegExpExecArray) => string): string {
  const match = pattern.exec(text);
  if (match === null) throw unknown(text);
  return text.slice(0, match.index) + by(match) + text.slice(match.index + match[0].length);
}

function unknown(statement: string): LakeError {
  return new LakeError({
    code: 'migration',
    message: `what this statement means on a cluster is not known: ${shortened(statement)}`,
  });
}

function shortened(statement: string): string {
  return statement.replace(/\s+/g, ' ').slice(0, 120);
}
