import type { ClickHouseSettings } from '@clickhouse/client';

/**
 * Settings of every statement of ours, sent with its request.
 * - An insert is answered once each shard has its rows, on most of the shard's replicas: what was acknowledged outlives one.
 * - Reads and writes go to a shard's first replica that answers, from whichever server they start: what was written is read.
 * - A table over shards inside of IN or JOIN is gathered first; the engine would refuse it otherwise.
 */
export const CLUSTER_SETTINGS: ClickHouseSettings = {
  distributed_foreground_insert: 1,
  insert_quorum: 'auto',
  insert_quorum_timeout: 60_000,
  prefer_localhost_replica: 0,
  load_balancing: 'in_order',
  distributed_product_mode: 'global',
};
