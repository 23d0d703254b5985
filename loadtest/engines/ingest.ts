import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { openLake } from '../../services/shared/stores/lake/open-lake';
import { startPinned, type Pinned } from '../load/pinned';
import { median } from '../load/closed-loop';
import { eventRecords } from '../fixtures/events';
import { rawInsertSeconds } from '../ingest/raw-insert';
import { openEngineStores, topicPrefix, type EngineAddresses } from './stores';

const POLL_MS = 100;
const APPEND = 5_000;
/** What comes before is joining the group and the first, cold batches: left out of every rate. */
const FROM_SHARE = 0.1;

export interface EngineIngest {
  /** Median over the rounds of (one ingest process / the slower of consumer and insert). */
  ratio: number;
  /** Median over the rounds of (two ingest processes / one). */
  second: number;
  /** Rows a second. */
  rounds: { consumer: number; insert: number; one: number; two: number }[];
}

/**
 * Ingest from Kafka to ClickHouse, beside a bare kafkajs consumer that reads the same topic and beside the server taking
 * the very same rows as RowBinary. Nothing is pinned: servers and clients share the machine as they would.
 */
export async function measureEngineIngest(
  addresses: Omit<EngineAddresses, 'prefix'>,
  { events, rounds, say }: { events: number; rounds: number; say: (line: string) => void },
): Promise<EngineIngest> {
  const measured: EngineIngest['rounds'] = [];
  for (let round = 1; round <= rounds; round++) {
    const first = { ...addresses, prefix: `ingest${round}one` };
    const one = await drain(first, events, 1);
    const consumer = await consume(first, events);
    const insert = await insertRaw(first, events);
    const two = await drain({ ...addresses, prefix: `ingest${round}two` }, events, 2);
    measured.push({ consumer, insert, one, two });
    say(
      `ingest ${round}/${rounds}: of the consumer ${(one / consumer).toFixed(3)}, of the insert ${(one / insert).toFixed(3)}, two processes ${(two / one).toFixed(3)}`,
    );
  }
  return {
    ratio: median(measured.map(({ consumer, insert, one }) => one / Math.min(consumer, insert))),
    second: median(measured.map(({ one, two }) => two / one)),
    rounds: measured,
  };
}

/** Rows a second that so many processes bring from a full topic into the lake. */
async function drain(addresses: EngineAddresses, events: number, processes: number): Promise<number> {
  const { log, lookups, lake, catalog } = await openEngineStores(addresses);
  const running: Pinned[] = [];
  try {
    await lookups.setEpoch('loadtest');
    const records = eventRecords(events);
    for (let from = 0; from < events; from += APPEND)
      await log.append('events', records.slice(from, from + APPEND));
    for (let n = 0; n < processes; n++)
      running.push(await startPinned('ingest', [JSON.stringify(addresses)], undefined));
    return await rateOf(events, async () => {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      return (await lake.numbers('SELECT toUInt64(count()) FROM event_rows'))[0] ?? 0;
    });
  } finally {
    for (const process of running) process.stop();
    await Promise.all([log.close(), lookups.close(), lake.close(), catalog.close()]);
  }
}

/** From a tenth of the way to its end; `progress` waits, then answers how far it is. */
async function rateOf(total: number, progress: () => Promise<number>): Promise<number> {
  let begin: { at: number; done: number } | undefined;
  for (;;) {
    const done = await progress();
    if (begin === undefined && done >= total * FROM_SHARE && done < total)
      begin = { at: performance.now(), done };
    if (done < total) continue;
    if (begin === undefined)
      throw new Error('it was over before it could be measured: more events are needed');
    return (total - begin.done) / ((performance.now() - begin.at) / 1_000);
  }
}

async function consume({ brokers, prefix }: EngineAddresses, events: number): Promise<number> {
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `${prefix}-bare` });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic: `${topicPrefix(prefix)}events`, fromBeginning: true });
    let count = 0;
    let wake = (): void => undefined;
    const rate = rateOf(events, async () => {
      await new Promise<void>((resolve) => (wake = resolve));
      return count;
    });
    await consumer.run({
      eachBatch: ({ batch }) => {
        count += batch.messages.length;
        wake();
        return Promise.resolve();
      },
    });
    return await rate;
  } finally {
    await consumer.disconnect();
  }
}

async function insertRaw(addresses: EngineAddresses, events: number): Promise<number> {
  const lake = await openLake({ url: addresses.clickhouseUrl, database: addresses.prefix });
  const dir = await mkdtemp(join(tmpdir(), 'muster-loadtest-'));
  try {
    return events / (await rawInsertSeconds(lake, join(dir, 'rows.bin')));
  } finally {
    await lake.close();
    await rm(dir, { recursive: true, force: true });
  }
}
