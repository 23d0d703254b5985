import { join } from 'node:path';
import { openFileLog } from '../shared/stores/log/files/open-file-log';
import type { Log } from '../shared/stores/log/log';
import { loadTopics } from '../shared/stores/log/topics';
import { openLmdbLookups } from '../shared/stores/lookups/lmdb/open-lmdb-lookups';
import type { Lookups } from '../shared/stores/lookups/lookups';

/** LOG and LOOKUPS, which every process of the host opens: they are all that collector and bidder need. */
export async function openLogAndLookups({
  dataDir,
}: {
  dataDir: string;
}): Promise<{ log: Log; lookups: Lookups }> {
  const log = await openFileLog({ dir: join(dataDir, 'log'), topics: loadTopics() });
  const lookups = await openLmdbLookups({ dir: join(dataDir, 'lookups') });
  return { log, lookups };
}
