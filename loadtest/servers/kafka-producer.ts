/**
 * The ceiling of the collector on Kafka: kafkajs alone, sending records that were encoded before, with the settings
 * the collector has. `kafka-producer.js <brokers> <topic>`; told `{seconds}` it answers `{acknowledged}`.
 */
import { CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { eventRecords } from '../fixtures/events';
import { argument } from './serve';

const BATCH = 1_000;
/** kafkajs waits for the answer of a send to one partition anyway; one more is prepared meanwhile. */
const AT_ONCE = 2;

process.on('disconnect', () => process.exit(0));

async function main(): Promise<void> {
  const topic = argument(3);
  const kafka = new Kafka({ brokers: argument(2).split(','), logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const records = eventRecords(20_000);
  process.on('message', ({ seconds }: { seconds: number }) => {
    const until = performance.now() + seconds * 1_000;
    let acknowledged = 0;
    let from = 0;
    const send = async (): Promise<void> => {
      while (performance.now() < until) {
        from = (from + BATCH) % records.length;
        const messages = records.slice(from, from + BATCH);
        await producer.send({ topic, messages, acks: -1, compression: CompressionTypes.GZIP });
        acknowledged += messages.length;
      }
    };
    void Promise.all(Array.from({ length: AT_ONCE }, send)).then(() => process.send?.({ acknowledged }));
  });
  process.send?.({ port: 0 });
}

void main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
