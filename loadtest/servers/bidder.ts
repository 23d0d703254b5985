/** One bidder worker on a data directory that was filled before: `bidder.js <dir>`. */
import { join } from 'node:path';
import { startBidder } from '../../services/bidder/start-bidder';
import { createLogger } from '../../services/shared/runtime/logger';
import { createRegistry } from '../../services/shared/runtime/metrics';
import { openFileLog } from '../../services/shared/stores/log/files/open-file-log';
import { loadTopics } from '../../services/shared/stores/log/topics';
import { openLmdbLookups } from '../../services/shared/stores/lookups/lmdb/open-lmdb-lookups';
import { argument, serve } from './serve';

serve(async () => {
  const dir = argument(2);
  const bidder = await startBidder({
    log: await openFileLog({ dir: join(dir, 'log'), topics: loadTopics() }),
    lookups: await openLmdbLookups({ dir: join(dir, 'lookups') }),
    host: '127.0.0.1',
    port: 0,
    publicUrl: 'https://bid.example',
    secret: 'a-secret-of-the-load-test',
    registry: createRegistry({ process: 'bidder' }),
    logger: createLogger({ level: 'error', name: 'bidder', destination: 2 }),
  });
  return bidder;
});
