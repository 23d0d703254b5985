import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Topic } from '../shared/domain/records';
import { lagGauge } from '../shared/runtime/lag-gauge';
import type { Service } from '../shared/runtime/service';
import type { Catalog } from '../shared/stores/catalog/catalog';
import type { IngestPlan } from '../shared/stores/catalog/small-stores';
import type { Lake } from '../shared/stores/lake/lake';
import type { Log, LogBatch, LogConsumer } from '../shared/stores/log/log';
import type { Lookups } from '../shared/stores/lookups/lookups';
import { LookupsEpoch } from '../shared/stores/lookups/lookups-epoch';
import type { IngestDeps, Step } from './batch-context';
import { INGEST_STEPS, ingestBatch } from './ingest-batch';
import { INGEST_GROUP } from './ingest-group';
import { ingestMetrics } from './metrics';
import { NumberBlocks } from './numbers';
import { nextRange } from './plan';
import { RecentSet } from './recent-set';

/**
 * One consumer for each line, so that a file of a million traits does not hold up the pixels, nor the pixels the
 * traits. Within a line the earlier topic goes first.
 */
const LINES: readonly Topic[][] = [['events'], ['syncs'], ['traits'], ['notices', 'bids', 'dead-letters']];

const SWEEP_EVERY_MS = 60_000;
const SWEEP_PIECE = 2_000;
const SWEEP_PIECES_MAX = 50;
/** A replay must find the claims its first try found: they are kept for a day after they have run out. */
const SWEEP_MARGIN_MS = 86_400_000;

export interface IngestOptions {
  log: Log;
  lookups: Lookups;
  lake: Pick<Lake, 'query' | 'insert'>;
  catalog: Pick<Catalog, 'nextBlock'> & { plans: Pick<Catalog['plans'], 'get' | 'replace'> };
  registry: Registry;
  logger: Logger;
  /** Epoch ms; for measurements only. @default Date.now */
  now?: () => number;
  /** @default 20000 */
  maxRecords?: number;
  /** @default 16 MB */
  maxBytes?: number;
  /** How long a small batch may fill. @default 250 */
  lingerMs?: number;
  /** For tests that fail on purpose between steps. */
  steps?: readonly Step[];
}

/** Log → identities → lake, exactly once. Lookups must have been seeded (seed-lookups.ts) before. */
export async function startIngest(options: IngestOptions): Promise<Service> {
  const { log, lookups, lake, catalog, registry, logger } = options;
  const deps: IngestDeps = {
    log,
    lookups,
    lookupsEpoch: await LookupsEpoch.of(lookups),
    lake,
    plans: catalog.plans,
    numbers: new NumberBlocks((size) => catalog.nextBlock('iid', size)),
    recentLinks: new RecentSet(),
    metrics: ingestMetrics(registry),
    logger,
    now: options.now ?? Date.now,
  };
  lagGauge({ registry, log, group: INGEST_GROUP, topics: LINES.flat(), name: 'muster_ingest_lag_records' });

  // The last plan of each partition, kept as long as what comes next joins on.
  const plans = new Map<string, IngestPlan>();
  const handle = async (batch: LogBatch, heartbeat: () => Promise<void>): Promise<number> => {
    const key = `${batch.topic}/${batch.partition}`;
    let last = plans.get(key);
    if (last?.to !== batch.from) last = await catalog.plans.get(batch.topic, batch.partition);
    plans.delete(key);
    const { range, to } = await nextRange(batch, last, log);
    if (range === undefined) return to;
    if (range.replayOf !== undefined) logger.info({ ...range.replayOf }, 'a planned range is done again');
    await ingestBatch(range, deps, { steps: options.steps ?? INGEST_STEPS, betweenSteps: heartbeat });
    plans.set(key, { topic: range.topic, partition: range.partition, from: range.from, to });
    return to;
  };

  const consumers: LogConsumer[] = [];
  for (const topics of LINES) {
    consumers.push(
      await log.consume({
        group: INGEST_GROUP,
        topics,
        maxRecords: options.maxRecords ?? 20_000,
        maxBytes: options.maxBytes ?? 16_000_000,
        lingerMs: options.lingerMs ?? 250,
        onBatch: async (batch, context) => {
          try {
            return await handle(batch, () => context.heartbeat());
          } catch (error) {
            logger.error(
              { err: error, topic: batch.topic, partition: batch.partition, from: batch.from },
              'a batch failed and comes again',
            );
            throw error;
          }
        },
      }),
    );
  }
  const sweeper = startSweeping(lookups, deps.now, logger);

  let closing: Promise<void> | undefined;
  return {
    missing: async () =>
      (await lookups.epoch()) === undefined ? ['lookups are not seeded from the lake yet'] : [],
    close: () =>
      (closing ??= (async () => {
        await sweeper.stop();
        await Promise.all(consumers.map((consumer) => consumer.close()));
      })()),
  };
}

/** Forgets claims that have run out, a little at a time. */
function startSweeping(
  lookups: Pick<Lookups, 'claims'>,
  now: () => number,
  logger: Logger,
): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const sweep = async (): Promise<void> => {
    for (let piece = 0; piece < SWEEP_PIECES_MAX; piece++) {
      if ((await lookups.claims.sweep(now() - SWEEP_MARGIN_MS, SWEEP_PIECE)) < SWEEP_PIECE) return;
    }
  };
  const timer = setInterval(() => {
    running = running
      .then(sweep)
      .catch((error: unknown) => logger.warn({ err: error }, 'sweeping claims failed'));
  }, SWEEP_EVERY_MS);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      return running;
    },
  };
}
