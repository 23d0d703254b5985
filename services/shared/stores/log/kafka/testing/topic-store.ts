import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import type { Topics } from '../../topics';
import { testBrokers } from './test-brokers';

export interface TopicStore {
  topicPrefix: string;
  destroy: () => Promise<void>;
}

/** Room for a log of its own on the brokers of the tests. */
export function topicStore(topics: Topics): TopicStore {
  const topicPrefix = `${randomUUID()}-`;
  return {
    topicPrefix,
    destroy: async () => {
      const admin = new Kafka({ brokers: testBrokers(), logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      await admin.deleteTopics({ topics: Object.keys(topics).map((topic) => topicPrefix + topic) });
      await admin.disconnect();
    },
  };
}
