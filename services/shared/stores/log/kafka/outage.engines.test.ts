import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningKafka } from '../../../local-engines/kafka';
import { startKafka } from '../../../local-engines/kafka';
import type { Log } from '../log';
import { committed, contents, eventually, record, records, testTopics, texts } from '../testing/log-harness';
import { openKafkaLog } from './open-kafka-log';

const AWAY_MS = 5_000;

describe('brokers that go away for a while', () => {
  let dir: string;
  let kafka: RunningKafka;
  let log: Log;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'muster-kafka-'));
    kafka = await startKafka(dir);
    log = await openKafkaLog({ brokers: kafka.brokers, topics: testTopics });
  });
  afterAll(async () => {
    await log.close();
    await kafka.stop();
    await rm(dir, { recursive: true, force: true });
  });

  test.each([
    { how: 'ended in order', topic: 'syncs' as const },
    { how: 'killed', topic: 'links' as const },
  ])(
    '$how: what was acknowledged is there once and in order, appends and consumers go on',
    async ({ how, topic }) => {
      const consumer = await record(log, { group: how, topics: [topic] });
      const acknowledged: string[] = [];
      let isWriting = true;
      let sent = 0;
      const writing = Promise.all(
        [0, 1, 2].map(async () => {
          while (isWriting) {
            const value = String(sent++);
            await log.append(topic, records('k', [value])).then(
              () => acknowledged.push(value),
              () => sleep(100),
            );
          }
        }),
      );
      await eventually(() => acknowledged.length >= 200, 'appends before the outage');
      if (how === 'killed') kafka.kill();
      else await kafka.stop();
      await sleep(AWAY_MS);
      await kafka.restart();
      const before = acknowledged.length;
      await eventually(() => acknowledged.length >= before + 200, 'appends after the outage');
      isWriting = false;
      await writing;

      const stored = await contents(log, topic);
      const wanted = new Set(acknowledged);
      expect(stored.filter((value) => wanted.has(value))).toEqual(acknowledged.sort((a, b) => +a - +b));
      await eventually(
        () => new Set(texts(consumer.done)).size === new Set(stored).size,
        'all at the consumer',
      );
      await eventually(async () => (await committed(log, how, topic)) === stored.length, 'the commit');
      await consumer.consumer.close();
    },
  );

  test('an append to brokers that stay away rejects in bounded time, and the next after their return succeeds', async () => {
    await log.append('notices', records('k', ['before']));
    kafka.kill();
    const begin = Date.now();
    await expect(log.append('notices', records('k', ['meanwhile']))).rejects.toThrow(/30000 ms/);
    expect(Date.now() - begin).toBeLessThan(45_000);
    await kafka.restart();
    await log.append('notices', records('k', ['after']));
    expect(await contents(log, 'notices')).toEqual(expect.arrayContaining(['before', 'after']));
  });
});
