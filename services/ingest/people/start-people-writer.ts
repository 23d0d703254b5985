import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Topic } from '../../shared/domain/records';
import { lagGauge } from '../../shared/runtime/lag-gauge';
import type { Service } from '../../shared/runtime/service';
import type { Catalog } from '../../shared/stores/catalog/catalog';
import type { Lake } from '../../shared/stores/lake/lake';
import type { Log } from '../../shared/stores/log/log';
import { readablePart } from '../../shared/stores/log/readable-part';
import type { Lookups } from '../../shared/stores/lookups/lookups';
import { LookupsEpoch } from '../../shared/stores/lookups/lookups-epoch';
import { NumberBlocks } from '../numbers';
import { peopleMetrics } from './people-metrics';
import { PeopleWriter } from './people-writer';

export const PEOPLE_GROUP = 'people';
/** A person's own word goes before everything else. */
const TOPICS: Topic[] = ['privacy', 'links'];
/** Its sequence grows by one a batch; blocks are small so that little of them is lost. */
const SEQUENCE_BLOCK = 100;

export interface PeopleWriterOptions {
  log: Log;
  lookups: Lookups;
  lake: Pick<Lake, 'insert' | 'reloadPersons'>;
  catalog: Pick<Catalog, 'nextBlock'>;
  registry: Registry;
  logger: Logger;
  /** @default Date.now */
  now?: () => number;
  /** @default 5000 */
  maxRecords?: number;
  /** @default 100 */
  lingerMs?: number;
}

/** Links and choices → persons in LAKE and LOOKUPS. One per deployment: both topics have one partition. */
export async function startPeopleWriter(options: PeopleWriterOptions): Promise<Service> {
  const { log, lookups, lake, catalog, registry, logger } = options;
  const epoch = await LookupsEpoch.of(lookups);
  const writer = new PeopleWriter({
    log,
    lookups,
    lake,
    numbers: new NumberBlocks((size) => catalog.nextBlock('iid', size), 100),
    sequence: new NumberBlocks((size) => catalog.nextBlock('people', size), SEQUENCE_BLOCK),
    metrics: peopleMetrics(registry),
    logger,
    now: options.now ?? Date.now,
  });
  lagGauge({ registry, log, group: PEOPLE_GROUP, topics: TOPICS, name: 'muster_people_lag_records' });

  // What was in the log already may have been handled half-way before a crash.
  const maybeHalfDone = new Map<string, number>();
  for (const { topic, partition, end } of await log.positions(PEOPLE_GROUP, TOPICS))
    maybeHalfDone.set(`${topic}/${partition}`, end);
  await lake.reloadPersons();

  const consumer = await log.consume({
    group: PEOPLE_GROUP,
    topics: TOPICS,
    maxRecords: options.maxRecords ?? 5_000,
    maxBytes: 16_000_000,
    lingerMs: options.lingerMs ?? 100,
    onBatch: async (batch, context) => {
      const key = `${batch.topic}/${batch.partition}`;
      try {
        // A person's choice and the order of links are not to be put aside for somebody to replay.
        const readable = readablePart(batch);
        const mayBeHalfDone = batch.from < (maybeHalfDone.get(key) ?? 0);
        await writer.handle(readable, mayBeHalfDone, async () => {
          await context.heartbeat();
          await epoch.assertUnchanged();
        });
        return readable.to;
      } catch (error) {
        maybeHalfDone.set(key, Math.max(batch.to, maybeHalfDone.get(key) ?? 0));
        logger.error({ err: error, topic: batch.topic, from: batch.from }, 'a batch failed and comes again');
        throw error;
      }
    },
  });

  let closing: Promise<void> | undefined;
  return {
    missing: async () =>
      (await lookups.epoch()) === undefined ? ['lookups are not seeded from the lake yet'] : [],
    close: () => (closing ??= consumer.close()),
  };
}
