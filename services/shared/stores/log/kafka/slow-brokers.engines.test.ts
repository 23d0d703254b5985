import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startKafka, type RunningKafka } from '../../../local-engines/kafka';
import { FaultProxy } from '../../../testing/fault-proxy';
import type { Log } from '../log';
import { committed, eventually, record, records, testTopics } from '../testing/log-harness';
import { openKafkaLog } from './open-kafka-log';

/** The least that brokers allow; a batch in hand is asked after ten times in it. */
const SESSION_MS = 6_000;
const ANSWER_MS = SESSION_MS / 10 + 200;

describe('brokers that take longer for an answer than a heartbeat', () => {
  let dir: string;
  let proxy: FaultProxy;
  let kafka: RunningKafka;
  let log: Log;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'muster-kafka-'));
    kafka = await startKafka(dir, async (port) => {
      proxy = await FaultProxy.start(port);
      return proxy.port;
    });
    log = await openKafkaLog({
      brokers: kafka.brokers,
      topics: testTopics,
      sessionTimeoutMs: SESSION_MS,
    });
  });
  afterAll(async () => {
    proxy.use();
    await log.close();
    await proxy.close();
    await kafka.stop();
    await rm(dir, { recursive: true, force: true });
  });

  test('a commit stays, although the group is asked after the batch while it is under way', async () => {
    const consumer = await record(log, { topics: ['syncs'], maxRecords: 5 });
    await log.append('syncs', records('k', [0]));
    await eventually(() => consumer.done.length === 1, 'the first batch');
    proxy.use(async ({ from }) => {
      if (from === 'server') await sleep(ANSWER_MS);
      return 'pass';
    });
    await log.append('syncs', records('k', [1, 2, 3, 4, 5, 6, 7, 8, 9]));
    await eventually(() => consumer.done.length >= 3, 'all batches');
    // Long enough for whatever was sent behind the last commit.
    await sleep(4 * ANSWER_MS);
    expect(await committed(log, 'readers', 'syncs')).toBe(10);
  });
});
