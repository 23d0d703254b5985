import type { Logger } from '../shared/runtime/logger';
import type { Lookups } from '../shared/stores/lookups/lookups';

export interface PollEpochOptions {
  lookups: Pick<Lookups, 'epoch'>;
  everyMs: number;
  onEpoch: (epoch: string | undefined) => void;
  logger: Logger;
}

/** Tells the epoch of LOOKUPS again and again; that it cannot be read is logged, and says nothing about it. */
export function pollEpoch({ lookups, everyMs, onEpoch, logger }: PollEpochOptions): { close(): void } {
  const ask = async (): Promise<void> => onEpoch(await lookups.epoch());
  const timer = setInterval(() => {
    ask().catch((error: unknown) => logger.warn({ err: error }, 'the epoch of the lookups cannot be read'));
  }, everyMs);
  return { close: () => clearInterval(timer) };
}
