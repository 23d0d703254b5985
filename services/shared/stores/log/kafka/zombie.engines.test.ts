import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Log } from '../log';
import { committed, eventually, record, records, testTopics, texts } from '../testing/log-harness';
import { openKafkaLog } from './open-kafka-log';
import { testBrokers } from './testing/test-brokers';
import type { TopicStore } from './testing/topic-store';
import { topicStore } from './testing/topic-store';

/** The least that brokers allow. */
const SESSION_MS = 6_000;
const VALUES = Array.from({ length: 10 }, (_, i) => i);

describe('who lost a partition commits nothing in it', () => {
  let store: TopicStore;
  const logs: Log[] = [];
  beforeEach(() => {
    store = topicStore(testTopics);
  });
  afterEach(async () => {
    await Promise.all(logs.splice(0).map((log) => log.close()));
    await store.destroy();
  });
  const openLog = async () => {
    const { topicPrefix } = store;
    const log = await openKafkaLog({
      brokers: testBrokers(),
      topics: testTopics,
      topicPrefix,
      sessionTimeoutMs: SESSION_MS,
    });
    logs.push(log);
    return log;
  };

  test('a process that was stopped until its session expired', async () => {
    const log = await openLog();
    await log.append('syncs', records('k', VALUES));
    const zombie = startZombie(store.topicPrefix);
    await eventually(() => zombie.said.includes('holding'), 'the batch in the hands of the process');
    zombie.child.kill('SIGSTOP');
    try {
      const { done } = await record(log, { topics: ['syncs'], maxRecords: 8 });
      await eventually(() => texts(done).length === VALUES.length, 'all records at the other member');
      await eventually(async () => (await committed(log, 'readers', 'syncs')) === 10, 'the commit');
    } finally {
      zombie.child.kill('SIGCONT');
    }
    zombie.child.stdin?.write('go on\n');
    await eventually(() => zombie.said.includes('heartbeat'), 'the heartbeat');
    zombie.child.stdin?.write('end\n');
    await eventually(() => zombie.said.includes('settled'), 'the end of the process');
    expect(zombie.said.trim().split('\n')).toEqual([
      'holding',
      'heartbeat lost',
      'signal aborted',
      'settled',
    ]);
    expect(await committed(log, 'readers', 'syncs')).toBe(10);
  });

  test('a member that did not finish its batch when another joined', async () => {
    const [one, two] = [await openLog(), await openLog()];
    await one.append('syncs', records('k', VALUES));
    let goOn: () => void = () => undefined;
    let signal: AbortSignal | undefined;
    let heartbeat = 'none';
    const slow = await record(one, { topics: ['syncs'], maxRecords: 3 }, async (_, context) => {
      if (slow.begun.length > 1) return;
      signal = context.signal;
      await new Promise<void>((resolve) => (goOn = resolve));
      heartbeat = await context.heartbeat().then(
        () => 'held',
        () => 'lost',
      );
    });
    await eventually(() => slow.begun.length === 1, 'the batch in hand');
    try {
      const { done } = await record(two, { topics: ['syncs'] });
      await eventually(() => texts(done).length === VALUES.length, 'all records at the other member');
      await eventually(async () => (await committed(two, 'readers', 'syncs')) === 10, 'the commit');
      await eventually(() => signal?.aborted === true, 'the signal');
      // It has not come back to take the partition, which it could not serve.
      await new Promise((resolve) => setTimeout(resolve, SESSION_MS));
      await two.append('syncs', records('k', VALUES));
      await eventually(async () => (await committed(two, 'readers', 'syncs')) === 20, 'later records');
      expect(texts(done)).toHaveLength(2 * VALUES.length);
    } finally {
      goOn();
    }
    await eventually(() => slow.done.length === 1, 'the late end of the batch');
    expect(heartbeat).toBe('lost');
    await slow.consumer.close();
    expect(await committed(two, 'readers', 'syncs')).toBe(20);
  });

  test('a member that takes long, with nobody else about, keeps its partition', async () => {
    const log = await openLog();
    await log.append('syncs', records('k', VALUES));
    const { begun } = await record(log, { topics: ['syncs'] }, async (_, { signal }) => {
      await new Promise((resolve) => setTimeout(resolve, 3 * SESSION_MS));
      expect(signal.aborted).toBe(false);
    });
    await eventually(async () => (await committed(log, 'readers', 'syncs')) === 10, 'the commit');
    expect(begun).toHaveLength(1);
  });
});

function startZombie(topicPrefix: string): { child: ChildProcess; said: string } {
  const hook = join(__dirname, '../../../testing/ts-node-hook.cjs');
  const program = join(__dirname, 'testing/zombie-child.ts');
  const child = spawn(process.execPath, ['-r', hook, program, topicPrefix, String(SESSION_MS)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const zombie = { child, said: '' };
  child.stdout.on('data', (data: Buffer) => (zombie.said += data.toString()));
  return zombie;
}
