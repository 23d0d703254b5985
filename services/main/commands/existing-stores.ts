import { existsSync } from 'node:fs';
import type { Log } from '../../shared/stores/log/log';
import type { Lookups } from '../../shared/stores/lookups/lookups';
import { openLogAndLookups } from '../shared-stores';
import { CommandError, settingsOrExit } from './settings';

/** LOG and LOOKUPS of a platform that was started before. */
export async function openExistingStores(): Promise<{ log: Log; lookups: Lookups }> {
  const config = settingsOrExit();
  const isEmbedded = config.kafkaBrokers === undefined || config.redisUrl === undefined;
  // Opening would make an empty platform there.
  if (isEmbedded && !existsSync(config.dataDir))
    throw new CommandError(`${config.dataDir} is not there; set MUSTER_DATA_DIR`);
  return openLogAndLookups(config);
}
