import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lookupsContract } from '../testing/lookups-contract';
import { openLmdbLookups } from './open-lmdb-lookups';

lookupsContract('LMDB', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'muster-lookups-'));
  return {
    open: () => openLmdbLookups({ dir }),
    modulePath: join(__dirname, 'testing', 'open-for-contract-child.ts'),
    options: { dir },
    dispose: () => rm(dir, { recursive: true, force: true }),
  };
});
