import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openLmdbLookups } from '../../shared/stores/lookups/lmdb/open-lmdb-lookups';
import { describeBudgetsAfterLoss } from '../testing/budgets-after-loss';

const open = (dir: string) => openLmdbLookups({ dir: join(dir, 'lookups') });

describeBudgetsAfterLoss('LMDB', {
  open,
  lose: async (lookups, dir) => {
    await lookups.close();
    await rm(join(dir, 'lookups'), { recursive: true });
    return open(dir);
  },
  bidderSurvives: false,
});
