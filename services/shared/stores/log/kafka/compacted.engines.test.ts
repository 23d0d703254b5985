import { Kafka, logLevel } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log, LogEntry } from '../log';
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
    // All of one key but the newest are to go; what is in the newest segment stays for now.
    const isCompacted = async () => (await readFrom(0)).length < RECORDS;
    const until = Date.now() + TIMEOUT_MS - 30_000;
    for (let i = 1; !(await isCompacted()); i++) {
      if (Date.now() > until) throw new Error('the brokers have not compacted the topic');
      await sleep(1_000);
      // A segment ends with the first record that comes too late for it.
      if (i % 5 === 0) await append('replaced', 'newest');
    }
    for (let from = 0; from < 2 * RECORDS; from++) {
      const read = await readFrom(from);
      expect(read.every(({ offset }) => offset >= from)).toBe(true);
      const expected = Array.from({ length: RECORDS }, (_, i) => ({ key: `kept-${i}`, offset: 2 * i }))
        .filter(({ offset }, i) => i % 2 === 1 && offset >= from)
        .map(({ key }) => key);
      expect(read.map(({ key }) => key).filter((key) => key !== 'replaced')).toEqual(expected);
      expect(read.at(-1)?.value.toString()).toBe('newest');
    }
    // A range that ends in a gap, by its end and by the number of offsets.
    for (const [to, count] of [
      [RECORDS, 1_000_000],
      [Infinity, RECORDS],
    ] as const) {
      const offsets = (await log.read('lookups', 0, 0, to, count)).map(({ offset }) => offset);
      expect(offsets.filter((offset) => offset % 4 === 2)).toEqual([2, 6, 10, 14, 18, 22, 26, 30, 34, 38]);
      expect(Math.max(...offsets)).toBeLessThan(RECORDS);
    }
  },
  TIMEOUT_MS,
);

async function readFrom(offset: number): Promise<LogEntry[]> {
  const [position] = await log.positions('nobody', ['lookups']);
  return log.read('lookups', 0, offset, position?.end ?? 0, 1_000_000);
}
