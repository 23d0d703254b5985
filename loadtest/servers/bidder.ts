/**
 * One bidder worker on a data directory that was filled before: `bidder.js <dir> [<redis url>] [replica]`. With an
 * address its lookups are there, and with `replica` it reads them from the copy in the directory.
 */
import { join } from 'node:path';
import { startBidder } from '../../services/bidder/start-bidder';
import { createLogger } from '../../services/shared/runtime/logger';
import { createRegistry } from '../../services/shared/runtime/metrics';
import { openFileLog } from '../../services/shared/stores/log/files/open-file-log';
import { loadTopics } from '../../services/shared/stores/log/topics';
import { openLmdbLookups } from '../../services/shared/stores/lookups/lmdb/open-lmdb-lookups';
import { openRedisLookups } from '../../services/shared/stores/lookups/redis/open-redis-lookups';
import { openReplica } from '../../services/shared/stores/lookups/replica/open-replica';
import { SECRET } from '../exchange/secret';
import { argument, serve } from './serve';

const REPLICA_MAX_LAG_MS = 60_000;

serve(async () => {
  const dir = argument(2);
  const [redisUrl, copy] = process.argv.slice(3);
  const logger = createLogger({ level: 'error', name: 'bidder', destination: 2 });
  const log = await openFileLog({ dir: join(dir, 'log'), topics: loadTopics() });
  const lookups =
    redisUrl === undefined
      ? await openLmdbLookups({ dir: join(dir, 'lookups') })
      : await openRedisLookups({ url: redisUrl, logger });
  const replica =
    copy === 'replica'
      ? await openReplica({
          dir: join(dir, 'replica'),
          log,
          epoch: () => lookups.epoch(),
          maxLagMs: REPLICA_MAX_LAG_MS,
          logger,
        })
      : undefined;
  return startBidder({
    log,
    lookups,
    replica,
    host: '127.0.0.1',
    port: 0,
    publicUrl: 'https://bid.example',
    secret: SECRET,
    registry: createRegistry({ process: 'bidder' }),
    logger,
  });
});
