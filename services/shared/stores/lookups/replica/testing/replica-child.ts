/** A process that has a replica open until it is killed: <directory>. Tells its parent whenever it begins to follow. */
import { join } from 'node:path';
import pino from 'pino';
import { openFileLog } from '../../../log/files/open-file-log';
import { loadTopics } from '../../../log/topics';
import { openReplica } from '../open-replica';

const [, , dir = ''] = process.argv;
process.on('disconnect', () => process.exit(0));

void (async () => {
  const log = await openFileLog({ dir: join(dir, 'log'), topics: loadTopics() });
  await openReplica({
    dir: join(dir, 'replica'),
    log,
    epoch: () => 'published:child',
    maxLagMs: 60_000,
    logger: pino({ level: 'info' }, { write: (line: string) => void process.send?.(JSON.parse(line)) }),
  });
  process.send?.({ msg: 'open' });
})();
