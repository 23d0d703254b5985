import { DAY_MS, HOUR_MS } from '../shared/domain/time';
import type { Logger } from '../shared/runtime/logger';
import type { Lake } from '../shared/stores/lake/lake';
import type { Log } from '../shared/stores/log/log';

/** Tables of the lake that are partitioned by month of `at` and forgotten month by month. */
const DATED_TABLES = ['event_rows', 'trait_rows', 'bids', 'requests', 'notices', 'dead_letters'] as const;

export interface MaintenanceOptions {
  log: Pick<Log, 'enforceRetention'>;
  lake: Pick<Lake, 'partitions' | 'dropPartition'>;
  retentionDays: number;
  logger: Logger;
  /** Epoch ms. @default Date.now */
  now?: () => number;
  /** @default one hour */
  everyMs?: number;
}

/** Forgets what is older than its retention, at start and then every hour: segments of LOG, months of LAKE. */
export function startMaintenance(options: MaintenanceOptions): { close(): Promise<void> } {
  const { logger, everyMs = HOUR_MS } = options;
  let running: Promise<void> = Promise.resolve();
  const run = (): void => {
    running = running
      .then(() => forgetOld(options))
      .catch((error: unknown) =>
        logger.error({ err: error }, 'could not forget what is too old, trying again later'),
      );
  };
  run();
  const timer = setInterval(run, everyMs);
  timer.unref();
  return {
    close: () => {
      clearInterval(timer);
      return running;
    },
  };
}

/** Once, now. */
export async function forgetOld({
  log,
  lake,
  retentionDays,
  logger,
  now = Date.now,
}: MaintenanceOptions): Promise<void> {
  await log.enforceRetention(now());
  const oldest = monthOf(now() - retentionDays * DAY_MS);
  // A month is dropped when all of it is too old: rows live up to a month longer than the retention.
  for (const { table, partition: month } of await lake.partitions(DATED_TABLES)) {
    if (!/^\d{6}$/.test(month) || Number(month) >= oldest) continue;
    await lake.dropPartition(table, month);
    logger.info({ table, month }, 'month dropped, older than the retention');
  }
}

function monthOf(ms: number): number {
  const date = new Date(ms);
  return date.getUTCFullYear() * 100 + date.getUTCMonth() + 1;
}
