/**
 * A bidder on real stores, for tests that kill it: `bidder-process.ts <directory> <worker> [<Redis URL>]`; tells its port.
 * Without the URL its lookups are embedded.
 */
import { join } from 'node:path';
import pino from 'pino';
import { createRegistry } from '../../shared/runtime/metrics';
import { openFileLog } from '../../shared/stores/log/files/open-file-log';
import { loadTopics } from '../../shared/stores/log/topics';
import { openLmdbLookups } from '../../shared/stores/lookups/lmdb/open-lmdb-lookups';
import { openRedisLookups } from '../../shared/stores/lookups/redis/open-redis-lookups';
import { startBidder } from '../start-bidder';

const [, , directory, worker, redisUrl] = process.argv;
if (directory === undefined) throw new Error('no directory');

void (async () => {
  const log = await openFileLog({ dir: join(directory, 'log'), topics: loadTopics() });
  const lookups =
    redisUrl === undefined
      ? await openLmdbLookups({ dir: join(directory, 'lookups') })
      : await openRedisLookups({ url: redisUrl });
  const bidder = await startBidder({
    log,
    lookups,
    host: '127.0.0.1',
    port: 0,
    publicUrl: 'https://bid.example',
    secret: 'a secret of the installation',
    registry: createRegistry({ process: 'bidder' }),
    logger: pino({ level: 'error' }, pino.destination({ dest: 2, sync: true })),
    workerId: Number(worker),
    workers: 2,
  });
  process.send?.({ port: bidder.port });
  process.on('SIGTERM', () => {
    void bidder
      .close()
      .then(() => Promise.all([log.close(), lookups.close()]))
      .then(() => process.exit(0));
  });
})();
process.on('disconnect', () => process.exit(0));
