import { quoteName, quoteText } from '../bind';
import { LakeError } from '../lake-error';
import type { Layout, LayoutEngine } from '../layout';
import { clusterStatements, localName, type Cluster } from './cluster-ddl';

/** How long a statement for every server waits for those that do not answer. */
const ANSWER_S = 5;

interface Member {
  shard: number;
  host: string;
  port: number;
}

/** Tables on the shards and replicas of a cluster that the servers know by name. */
export function clusterLayout(cluster: Cluster): Layout {
  const { name, database } = cluster;
  const at = quoteName(database);
  const forEach = `ON CLUSTER ${quoteText(name)}`;
  return {
    expand: (statement) => clusterStatements(statement, cluster),
    check: (engine) => checkCluster(engine, name),
    reloadPersons: (engine) => runOnShards(engine, name, `SYSTEM RELOAD DICTIONARY ${at}.persons ${forEach}`),
    dropPartition: (engine, table, partitionId) =>
      runOnShards(
        engine,
        name,
        `ALTER TABLE ${at}.${quoteName(localName(table))} ${forEach} DROP PARTITION ID ${quoteText(partitionId)}`,
      ),
    system: (table) => ({
      source: `clusterAllReplicas(${quoteText(name)}, system.${table})`,
      // A server that is away neither runs anything for us nor needs to be told of its parts now.
      settings: { skip_unavailable_shards: 1 },
    }),
    storedIn: localName,
  };
}

/** Every fault of the servers' configuration that would lose or double rows without a word. */
async function checkCluster(engine: LayoutEngine, cluster: string): Promise<void> {
  const [shards] = await engine.query<{ servers: string; double: string }>(
    `SELECT count() AS servers, countIf(internal_replication = 0) AS double
       FROM system.clusters WHERE cluster = ${quoteText(cluster)}`,
  );
  const faults: string[] = [];
  if (shards === undefined || shards.servers === '0') {
    faults.push(
      `the server knows no cluster ${cluster}: add it to remote_servers, or correct CLICKHOUSE_CLUSTER`,
    );
  } else {
    if (shards.double !== '0') {
      faults.push(`cluster ${cluster}: internal_replication must be true for every shard`);
    }
    const [macros] = await engine.query<{ set: string }>(
      `SELECT uniqExact(macro) AS set FROM system.macros WHERE macro IN ('shard', 'replica')`,
    );
    if (macros?.set !== '2') faults.push('the macros shard and replica must be set on every server');
  }
  if (faults.length > 0) throw new LakeError({ code: 'migration', message: faults.join('; ') });
}

/**
 * Runs a statement on every server. One that is away does it when it comes back; but each shard must have done it now, or
 * it might do so later, to rows that are newer than the statement. (Of replicated tables one server does it for its shard.)
 */
async function runOnShards(engine: LayoutEngine, cluster: string, statement: string): Promise<void> {
  const answer = await engine.run(statement, {
    distributed_ddl_task_timeout: String(ANSWER_S),
    distributed_ddl_output_mode: 'null_status_on_timeout',
  });
  const members = await engine.query<Member>(
    `SELECT shard_num AS shard, host_name AS host, port FROM system.clusters WHERE cluster = ${quoteText(cluster)}`,
  );
  const missing = shardsWithoutAnswer(answer, members);
  if (missing.length === 0) return;
  throw new LakeError({
    code: '159',
    message: `no server of shard ${missing.join(', ')} answered within ${ANSWER_S} s: ${statement}`,
    retryable: true,
  });
}

/** `answer`: rows of host, port and status, which is 0 where it was done and NULL where nothing is known yet. */
export function shardsWithoutAnswer(answer: string, members: readonly Member[]): number[] {
  const done = new Set(
    answer
      .split('\n')
      .map((line) => line.split('\t'))
      .filter(([, , status]) => status === '0')
      .map(([host, port]) => `${host}:${port}`),
  );
  const shards = new Set(members.map(({ shard }) => shard));
  for (const { shard, host, port } of members) if (done.has(`${host}:${port}`)) shards.delete(shard);
  return [...shards].sort((a, b) => a - b);
}
