import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '../../services/shared/domain/sha256';
import { DOCUMENTS } from '../../services/shared/domain/snapshot';
import { openKafkaLog } from '../../services/shared/stores/log/kafka/open-kafka-log';
import { openLmdbLookups } from '../../services/shared/stores/lookups/lmdb/open-lmdb-lookups';
import { loadTopics } from '../../services/shared/stores/log/topics';
import { drive, median, type Load } from '../load/closed-loop';
import { edgeSnapshot } from '../fixtures/catalog';
import { startPinned, type Pinned } from '../load/pinned';
import { topicPrefix } from './stores';

const PREFIX = 'collect';
const KEY = 'a-key-of-the-load-test';
const EVENTS_PER_REQUEST = 200;
const CONNECTIONS = 32;

export interface EngineCollect {
  /** Median over the rounds of acknowledged events, collector / bare kafkajs producer. */
  ratio: number;
  /** Acknowledged events a second. */
  rounds: { producer: number; collector: number }[];
}

/** `POST /v1/events` into Kafka beside kafkajs that sends encoded records; each on one core, brokers where there is room. */
export async function measureEngineCollect(
  brokers: string[],
  {
    rounds,
    seconds,
    core,
    say,
  }: { rounds: number; seconds: number; core: number | undefined; say: (line: string) => void },
): Promise<EngineCollect> {
  const dir = await mkdtemp(join(tmpdir(), 'muster-loadtest-'));
  const children: Pinned[] = [];
  try {
    const log = await openKafkaLog({ brokers, topics: loadTopics(), topicPrefix: topicPrefix(PREFIX) });
    await log.close();
    const lookups = await openLmdbLookups({ dir: join(dir, 'lookups') });
    const role = { kind: 'publisher', id: 'daily' } as const;
    const edge = { ...edgeSnapshot(), keys: [{ id: 'key', hash: sha256Hex(KEY), role }] };
    await lookups.documents.put(DOCUMENTS.edge, 1, Buffer.from(JSON.stringify(edge)));
    await lookups.close();
    const collector = await startPinned('collector', [dir, brokers.join(), topicPrefix(PREFIX)], core);
    children.push(collector);
    const producer = await startPinned(
      'kafka-producer',
      [brokers.join(), `${topicPrefix(PREFIX)}events`],
      core,
    );
    children.push(producer);
    const requests = eventRequests(200);
    const collect = async (duration: number): Promise<number> => {
      const { requestsPerSecond, statuses, errors } = await drive({
        url: `http://127.0.0.1:${collector.port}`,
        seconds: duration,
        connections: CONNECTIONS,
        requests,
      });
      const other = Object.keys(statuses).filter((status) => status !== '202');
      if (errors > 0 || other.length > 0) throw new Error(`events were answered ${JSON.stringify(statuses)}`);
      return requestsPerSecond * EVENTS_PER_REQUEST;
    };
    const produce = (duration: number): Promise<number> =>
      new Promise((resolve) => {
        producer.child.once('message', ({ acknowledged }: { acknowledged: number }) =>
          resolve(acknowledged / duration),
        );
        producer.child.send({ seconds: duration });
      });
    await produce(seconds);
    await collect(seconds);
    const measured: EngineCollect['rounds'] = [];
    for (let round = 1; round <= rounds; round++) {
      const produced = await produce(seconds);
      const collected = await collect(seconds);
      measured.push({ producer: produced, collector: collected });
      say(`collector to Kafka ${round}/${rounds}: ratio ${(collected / produced).toFixed(3)}`);
    }
    return {
      ratio: median(measured.map(({ producer, collector }) => collector / producer)),
      rounds: measured,
    };
  } finally {
    for (const child of children) child.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

function eventRequests(count: number): Load['requests'] {
  return Array.from({ length: count }, (_, n) => ({
    method: 'POST',
    path: '/v1/events',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    body: JSON.stringify({
      events: Array.from({ length: EVENTS_PER_REQUEST }, (_, i) => {
        const number = n * EVENTS_PER_REQUEST + i;
        return {
          identity: `partner:sim:user-${number % 20_000}`,
          type: i % 20 === 0 ? 'purchase' : 'product_view',
          url: `https://daily.example/section/article-${number % 5_000}`,
          category: 'shoes',
          sku: `sku-${number % 1_000}`,
          ...(i % 20 === 0 ? { value: 12.5, currency: 'USD' } : {}),
        };
      }),
    }),
  }));
}
