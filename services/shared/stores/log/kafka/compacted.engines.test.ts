import { Kafka, logLevel } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log';
import { testTopics } from '../testing/log-harness';
import { openKafkaLog } from './open-kafka-log';
import { testBrokers } from './testing/test-brokers';
import { topicStore } from './testing/topic-store';

/** Real compaction: the brokers' cleaner looks every 15 s, and leaves the newest segment alone. */
const TIMEOUT_MS = 180_000;
const RECORDS = 40;

const { topicPrefix, destroy } = topicStore(testTopics);
let log: Log;

beforeAll(async () => {
  log = await openLog();
  const admin = new Kafka({ brokers: testBrokers(), logLevel: logLevel.NOTHING }).admin();
  const configEntries = Object.entries({
    'cleanup.policy': 'compact',
    'segment.ms': '100',
    'min.cleanable.dirty.ratio': '0.001',
  }).map(([name, value]) => ({ name, value }));
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: 2, name: `${topicPrefix}lookups`, configEntries }],
  });
  await admin.disconnect();
});
afterAll(async () => {
  await log.close();
  await destroy();
});

function openLog(): Promise<Log> {
  return openKafkaLog({ brokers: testBrokers(), topics: testTopics, topicPrefix });
}

const append = (key: string, value: string) => log.append('lookups', [{ key, value: Buffer.from(value) }]);

test(
  'a topic that was compacted is read across its gaps, from every offset',
  async () => {
    // The last of a process that is gone: once replaced, its batch stays behind without a record.
    const other = await openLog();
    for (let i = 0; i < RECORDS; i++)
      await other.append('lookups', [
        { key: i % 2 === 0 ? 'replaced' : `kept-${i}`, value: Buffer.from(String(i)) },
        { key: 'replaced', value: Buffer.from(String(i)) },
      ]);
    await other.close();
    await sleep(200);
    await append('replaced', 'newest');
    const end = 2 * RECORDS + 1;
    const expected = [
      ...Array.from({ length: RECORDS / 2 }, (_, i) => `kept-${2 * i + 1}`),
      'replaced',
    ];
    const held = async () => (await log.read('lookups', 0, 0, Infinity, 10_000)).map(({ key }) => key);
    const until = Date.now() + TIMEOUT_MS - 30_000;
    let keys = await held();
    for (let i = 0; Date.now() < until && keys.filter((key) => key === 'replaced').length > 1; i++) {
      await sleep(1_000);
      // A segment ends with the first record that comes too late for it.
      if (i % 5 === 0) await append('replaced', 'newest');
      keys = await held();
    }
    expect(keys.filter((key) => key.startsWith('kept'))).toEqual(expected.slice(0, -1));
    const [{ end: last } = { end }] = await log.positions('nobody', ['lookups']);
    for (let from = 0; from < last; from++) {
      const read = await log.read('lookups', 0, from, last, 1_000_000);
      expect(read.every(({ offset }) => offset >= from && offset < last)).toBe(true);
      expect(read.map(({ key }) => key)).toEqual(
        (await log.read('lookups', 0, 0, last, 1_000_000)).filter(({ offset }) => offset >= from).map(({ key }) => key),
      );
    }
  },
  TIMEOUT_MS,
);
