import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import type { Topics } from '../topics';
import { logContract } from '../testing/log-contract';
import { openKafkaLog } from './open-kafka-log';
import { engineUrl } from '../../../testing/engines/engine-url';

const testBrokers = (): string[] => engineUrl('KAFKA_BROKERS').split(',');

async function deleteTopics(topics: Topics, topicPrefix: string): Promise<void> {
  const admin = new Kafka({ brokers: testBrokers(), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: Object.keys(topics).map((topic) => topicPrefix + topic) });
  await admin.disconnect();
}

logContract('Kafka', async (topics) => {
  const topicPrefix = `${randomUUID()}-`;
  return {
    open: () => openKafkaLog({ brokers: testBrokers(), topics, topicPrefix }),
    destroy: () => deleteTopics(topics, topicPrefix),
  };
});
