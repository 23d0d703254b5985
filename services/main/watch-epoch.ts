import type { Logger } from '../shared/runtime/logger';
import type { Lookups } from '../shared/stores/lookups/lookups';
import { pollEpoch } from './poll-epoch';
import { endAtOnce } from './processes/end-at-once';

const POLL_MS = 500;

export interface WatchEpochOptions {
  lookups: Pick<Lookups, 'epoch'>;
  /** The one that the process works with. */
  epoch: string | undefined;
  logger: Logger;
}

/**
 * Ends a process that writes LOOKUPS when they were lost or are to be filled anew: only at a start may they be, before
 * anything is written. The supervisor starts it again.
 */
export function watchEpoch({ lookups, epoch: ours, logger }: WatchEpochOptions): { close(): void } {
  const onEpoch = (epoch: string | undefined): void => {
    if (epoch === ours) return;
    logger.warn({ epoch }, 'the lookups are to be filled from the lake: starting anew');
    endAtOnce();
  };
  return pollEpoch({ lookups, everyMs: POLL_MS, onEpoch, logger });
}
