import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logContract } from '../testing/log-contract';
import { openFileLog } from './open-file-log';

for (const segmentMaxRecords of [undefined, 7]) {
  const kind = segmentMaxRecords ? 'many small segments' : 'one segment';
  logContract(`files, ${kind}`, async (topics) => {
    const dir = await mkdtemp(join(tmpdir(), 'muster-log-'));
    return {
      open: () => openFileLog({ dir, topics, segmentMaxRecords }),
      destroy: () => rm(dir, { recursive: true, force: true }),
    };
  });
}
