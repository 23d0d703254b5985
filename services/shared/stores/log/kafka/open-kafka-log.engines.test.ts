import { Kafka, logLevel } from 'kafkajs';
import { logContract } from '../testing/log-contract';
import { testTopics } from '../testing/log-harness';
import { openKafkaLog } from './open-kafka-log';
import { testBrokers } from './testing/test-brokers';
import { topicStore } from './testing/topic-store';

logContract('Kafka', async (topics) => {
  const { topicPrefix, destroy } = topicStore(topics);
  return { open: () => openKafkaLog({ brokers: testBrokers(), topics, topicPrefix }), destroy };
});

describe('opening the log on Kafka', () => {
  const { topicPrefix, destroy } = topicStore(testTopics);
  afterAll(destroy);
  const options = { brokers: testBrokers(), topics: testTopics, topicPrefix };

  test('topics are created as declared, by several processes at once too', async () => {
    const logs = await Promise.all([openKafkaLog(options), openKafkaLog(options)]);
    await Promise.all(logs.map((log) => log.close()));
    const admin = new Kafka({ brokers: testBrokers(), logLevel: logLevel.NOTHING }).admin();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: ['events', 'lookups'].map((topic) => ({ type: 2, name: topicPrefix + topic })),
    });
    await admin.disconnect();
    const configOf = (topic: string) =>
      Object.fromEntries(
        resources
          .find(({ resourceName }) => resourceName === topicPrefix + topic)
          ?.configEntries.map(({ configName, configValue }) => [configName, configValue]) ?? [],
      ) as Record<string, string>;
    expect(configOf('lookups')).toMatchObject({ 'cleanup.policy': 'compact', 'segment.ms': '86400000' });
    expect(configOf('events')).toMatchObject({
      'retention.ms': '86400000',
      'min.insync.replicas': '1',
      'compression.type': 'gzip',
      'cleanup.policy': 'delete',
    });
  });

  test('a topic with another number of partitions than declared is refused', async () => {
    const topics = { ...testTopics, events: { partitions: 3, retentionDays: 1 } };
    await expect(openKafkaLog({ ...options, topics })).rejects.toThrow(
      `log: topic ${topicPrefix}events has 2 partitions, 3 are declared`,
    );
  });

  test('brokers that are not there are an error that says so', async () => {
    await expect(openKafkaLog({ ...options, brokers: ['127.0.0.1:1'] })).rejects.toThrow(
      /ECONNREFUSED|Connection error/,
    );
  });
});
