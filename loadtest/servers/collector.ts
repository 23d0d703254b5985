/** One collector on a data directory that was filled before: `collector.js <dir>`. */
import { join } from 'node:path';
import { startCollector } from '../../services/collector/collector';
import { createLogger } from '../../services/shared/runtime/logger';
import { createRegistry } from '../../services/shared/runtime/metrics';
import { openFileLog } from '../../services/shared/stores/log/files/open-file-log';
import { loadTopics } from '../../services/shared/stores/log/topics';
import { openLmdbLookups } from '../../services/shared/stores/lookups/lmdb/open-lmdb-lookups';
import { argument, serve } from './serve';

serve(async () => {
  const dir = argument(2);
  const lookups = await openLmdbLookups({ dir: join(dir, 'lookups') });
  return startCollector({
    log: await openFileLog({ dir: join(dir, 'log'), topics: loadTopics() }),
    documents: lookups.documents,
    host: '127.0.0.1',
    port: 0,
    publicUrl: 'https://collect.example',
    secret: 'a-secret-of-the-load-test',
    retentionDays: 400,
    registry: createRegistry({ process: 'collector' }),
    logger: createLogger({ level: 'error', name: 'collector', destination: 2 }),
  });
});
