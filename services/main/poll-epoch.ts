import type { Logger } from '../shared/runtime/logger';
import type { Lookups } from '../shared/stores/lookups/lookups';

export interface PollEpochOptions {
  lookups: Pick<Lookups, 'epoch'>;
  everyMs: number;
  onEpoch: (epoch: string | undefined) => void;
  logger: Logger;
}

/**
 * Tells the epoch of LOOKUPS again and again. That it cannot be read says nothing about it, and is logged once, as is that
 * it can be read again.
 */
export function pollEpoch({ lookups, everyMs, onEpoch, logger }: PollEpochOptions): { close(): void } {
  let isAsking = false;
  let isFailing = false;
  const ask = async (): Promise<void> => {
    // An answer that takes longer is not asked for twice.
    if (isAsking) return;
    isAsking = true;
    try {
      const epoch = await lookups.epoch();
      if (isFailing) logger.info('the epoch of the lookups can be read again');
      isFailing = false;
      onEpoch(epoch);
    } catch (error) {
      if (!isFailing) logger.warn({ err: error }, 'the epoch of the lookups cannot be read');
      isFailing = true;
    } finally {
      isAsking = false;
    }
  };
  const timer = setInterval(() => void ask(), everyMs);
  return { close: () => clearInterval(timer) };
}
