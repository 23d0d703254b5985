/** One collector on a data directory that was filled before: `collector.js <dir> [<kafka brokers> <topic prefix>]`. */
import { join } from 'node:path';
import { startCollector } from '../../services/collector/collector';
import { loadTag } from '../../services/collector/tag/load-tag';
import { createLogger } from '../../services/shared/runtime/logger';
import { createRegistry } from '../../services/shared/runtime/metrics';
import { openFileLog } from '../../services/shared/stores/log/files/open-file-log';
import { openKafkaLog } from '../../services/shared/stores/log/kafka/open-kafka-log';
import { loadTopics } from '../../services/shared/stores/log/topics';
import { openLmdbLookups } from '../../services/shared/stores/lookups/lmdb/open-lmdb-lookups';
import { SECRET } from '../exchange/secret';
import { argument, serve } from './serve';

serve(async () => {
  const dir = argument(2);
  const [brokers, topicPrefix] = process.argv.slice(3);
  const lookups = await openLmdbLookups({ dir: join(dir, 'lookups') });
  const topics = loadTopics();
  return startCollector({
    log:
      brokers === undefined
        ? await openFileLog({ dir: join(dir, 'log'), topics })
        : await openKafkaLog({ brokers: brokers.split(','), topics, topicPrefix }),
    documents: lookups.documents,
    host: '127.0.0.1',
    port: 0,
    publicUrl: 'https://collect.example',
    secret: SECRET,
    tag: loadTag(),
    retentionDays: 400,
    registry: createRegistry({ process: 'collector' }),
    logger: createLogger({ level: 'error', name: 'collector', destination: 2 }),
  });
});
