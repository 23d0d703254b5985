import { join } from 'node:path';
import { openLmdbLookups } from '../../shared/stores/lookups/lmdb/open-lmdb-lookups';
import { budgetIsNeverExceeded } from '../testing/budget-guarantee';

budgetIsNeverExceeded({
  title: 'whatever bidders are killed with -9 while they bid and are billed',
  openLookups: (directory) => openLmdbLookups({ dir: join(directory, 'lookups') }),
  rounds: 3,
  disturb: (round) => new Promise((resolve) => setTimeout(resolve, 300 + 150 * round)),
});
