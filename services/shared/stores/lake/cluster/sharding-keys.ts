import { LakeError } from '../lake-error';

/**
 * Which shard a row belongs to. All that is about one identity lies together, by its permanent number: rows are never
 * moved, while persons are (docs/adr/0006). Of a table that keeps the newest of equal keys the shard follows from the
 * key, so that equal keys meet. Always from the row alone: a repeated insert is divided the same way.
 */
const SHARDING_KEYS: Readonly<Record<string, string>> = {
  identity_rows: 'intHash64(iid)',
  event_rows: 'intHash64(iid)',
  trait_rows: 'intHash64(iid)',
  consent_rows: 'intHash64(iid)',
  privacy_rows: 'intHash64(iid)',
  person_rows: 'intHash64(iid)',
  link_rows: 'intHash64(a)',
  membership_rows: 'intHash64(uid)',
  build_rows: 'intHash64(uid)',
  audience_rows: 'cityHash64(id)',
  bids: 'cityHash64(bid_id)',
  notices: 'cityHash64(bid_id)',
  requests: 'cityHash64(request_id)',
  dead_letters: 'cityHash64(`partition`, `offset`)',
  ledger: 'cityHash64(topic, `partition`)',
  migrations: 'cityHash64(file)',
};

/** Throws for a table without one: whoever adds a table decides where its rows lie. */
export function shardingKeyOf(table: string): string {
  const key = SHARDING_KEYS[table];
  if (key !== undefined) return key;
  throw new LakeError({
    code: 'migration',
    message: `the table ${table} has no sharding key: add one to cluster/sharding-keys.ts`,
  });
}
