import { openCatalog } from '../../services/shared/stores/catalog/open-catalog';
import type { Catalog } from '../../services/shared/stores/catalog/catalog';
import type { Lake } from '../../services/shared/stores/lake/lake';
import { openLake } from '../../services/shared/stores/lake/open-lake';
import { openKafkaLog } from '../../services/shared/stores/log/kafka/open-kafka-log';
import type { Log } from '../../services/shared/stores/log/log';
import { loadTopics } from '../../services/shared/stores/log/topics';
import type { Lookups } from '../../services/shared/stores/lookups/lookups';
import { openRedisLookups } from '../../services/shared/stores/lookups/redis/open-redis-lookups';

/** Where the servers are, and what keeps the rounds of one measurement apart on them. */
export interface EngineAddresses {
  brokers: string[];
  redisUrl: string;
  clickhouseUrl: string;
  postgresUrl: string;
  /** Of topics, keys and the database: letters and digits. */
  prefix: string;
}

export async function openEngineStores(
  addresses: EngineAddresses,
): Promise<{ log: Log; lookups: Lookups; lake: Lake; catalog: Catalog }> {
  const { brokers, redisUrl, clickhouseUrl, postgresUrl, prefix } = addresses;
  const [log, lookups, lake, catalog] = await Promise.all([
    openKafkaLog({ brokers, topics: loadTopics(), topicPrefix: topicPrefix(prefix) }),
    openRedisLookups({ url: redisUrl, keyPrefix: `${prefix}:` }),
    openLake({ url: clickhouseUrl, database: prefix }),
    openCatalog({ url: postgresUrl }),
  ]);
  return { log, lookups, lake, catalog };
}

export function topicPrefix(prefix: string): string {
  return `${prefix}.`;
}
