import { join } from 'node:path';
import type { Config } from '../shared/runtime/config';
import type { Logger } from '../shared/runtime/logger';
import { openFileLog } from '../shared/stores/log/files/open-file-log';
import { parseKafkaBrokers } from '../shared/stores/log/kafka/kafka-address';
import { openKafkaLog } from '../shared/stores/log/kafka/open-kafka-log';
import type { Log } from '../shared/stores/log/log';
import { loadTopics } from '../shared/stores/log/topics';
import { openLmdbLookups } from '../shared/stores/lookups/lmdb/open-lmdb-lookups';
import type { Lookups } from '../shared/stores/lookups/lookups';
import { openRedisLookups } from '../shared/stores/lookups/redis/open-redis-lookups';

/** Before every topic and group, so that Kafka may serve others too. */
const TOPIC_PREFIX = 'muster.';
/**
 * A log that is made anew, beside a LAKE and a CATALOG that were restored, begins above all that an earlier one came to:
 * they take a lower offset for one that they have. No partition takes so many records for years on end, and
 * claims keep offsets below 2^48, which this reaches in 2059.
 */
const OFFSETS_PER_MS = 100;

/**
 * LOG and LOOKUPS, which every process of the host opens: they are all that collector and bidder need. At the addresses
 * that are set, else the embedded ones.
 */
export async function openLogAndLookups(
  { dataDir, kafkaBrokers, redisUrl }: Pick<Config, 'dataDir' | 'kafkaBrokers' | 'redisUrl'>,
  logger?: Logger,
): Promise<{ log: Log; lookups: Lookups }> {
  const topics = loadTopics();
  const log =
    kafkaBrokers === undefined
      ? await openFileLog({
          dir: join(dataDir, 'log'),
          topics,
          firstOffset: Date.now() * OFFSETS_PER_MS,
          logger,
        })
      : await openKafkaLog({ ...parseKafkaBrokers(kafkaBrokers), topics, topicPrefix: TOPIC_PREFIX, logger });
  const lookups =
    redisUrl === undefined
      ? await openLmdbLookups({ dir: join(dataDir, 'lookups') })
      : await openRedisLookups({ url: redisUrl, logger });
  return { log, lookups };
}
