/**
 * Takes a batch of `syncs` into its hands and holds it until it is told to go on: <topic prefix> <session ms>.
 * Writes `holding` when it does, then what became of it: `heartbeat held|lost`, `signal held|aborted`, `settled`.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { testTopics } from '../../testing/log-harness';
import { openKafkaLog } from '../open-kafka-log';
import { testBrokers } from './test-brokers';

const [topicPrefix = '', sessionTimeoutMs = ''] = process.argv.slice(2);

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const log = await openKafkaLog({
    brokers: testBrokers(),
    topics: testTopics,
    topicPrefix,
    sessionTimeoutMs: Number(sessionTimeoutMs),
  });
  let batches = 0;
  const consumer = await log.consume({
    group: 'readers',
    topics: ['syncs'],
    maxRecords: 3,
    maxBytes: 1 << 20,
    lingerMs: 0,
    onBatch: async (_, context) => {
      if (++batches > 1) return;
      say('holding');
      await once(process.stdin, 'data');
      say(
        await context.heartbeat().then(
          () => 'heartbeat held',
          () => 'heartbeat lost',
        ),
      );
      say(context.signal.aborted ? 'signal aborted' : 'signal held');
      // Resolves all the same, as a batch would that never asked.
    },
  });
  await once(process.stdin, 'data');
  await sleep(500);
  await consumer.close();
  await log.close();
  say('settled');
  process.exit();
}

void main();
