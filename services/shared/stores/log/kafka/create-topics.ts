import type { Admin, ITopicConfig } from 'kafkajs';
import type { Topic } from '../../../domain/records';
import { RECORD_BYTES_MAX } from '../log';
import type { Topics } from '../topics';
import { retrying } from './retrying';

const DAY_MS = 86_400_000;

export interface CreateTopicsOptions {
  topics: Topics;
  /** A topic's name on the brokers. */
  nameOf: (topic: Topic) => string;
  replicationFactor?: number;
}

/**
 * Creates what is missing. Rejects when a topic exists with another number of partitions than is declared: the
 * partition of a key would not be where the records of that key are.
 */
export async function createTopics(admin: Admin, options: CreateTopicsOptions): Promise<void> {
  const { topics, nameOf } = options;
  const declared = Object.keys(topics) as Topic[];
  const existing = new Set(await admin.listTopics());
  const missing = declared.filter((topic) => !existing.has(nameOf(topic)));
  if (missing.length > 0) {
    const { brokers } = await admin.describeCluster();
    const replicationFactor = options.replicationFactor ?? Math.min(3, brokers.length);
    const configs = missing.map((topic) => config(topic, options, replicationFactor));
    // Another process that creates the same at this moment is no fault.
    await admin.createTopics({ topics: configs, waitForLeaders: false });
  }
  // A broker may not have heard yet of what the controller has just created.
  const found = await retrying(() => admin.fetchTopicMetadata({ topics: declared.map(nameOf) }));
  for (const topic of declared) {
    const { partitions } = topics[topic];
    const there = found.topics.find(({ name }) => name === nameOf(topic))?.partitions.length ?? 0;
    if (there !== partitions)
      throw new Error(`log: topic ${nameOf(topic)} has ${there} partitions, ${partitions} are declared`);
  }
}

function config(
  topic: Topic,
  { topics, nameOf }: CreateTopicsOptions,
  replicationFactor: number,
): ITopicConfig {
  const { partitions, retentionDays } = topics[topic];
  const settings = {
    ...(retentionDays === undefined
      ? // The newest segment is never compacted: on a quiet topic it would hold replaced records for a week.
        { 'cleanup.policy': 'compact', 'segment.ms': DAY_MS }
      : { 'cleanup.policy': 'delete', 'retention.ms': Math.round(retentionDays * DAY_MS) }),
    // What others may have written in another way could not be read here: only gzip is built in.
    'compression.type': 'gzip',
    'min.insync.replicas': replicationFactor > 1 ? 2 : 1,
    // The brokers' limit is on what is sent together: a record of the largest size, in what surrounds it.
    'max.message.bytes': 2 * RECORD_BYTES_MAX,
  };
  return {
    topic: nameOf(topic),
    numPartitions: partitions,
    replicationFactor,
    configEntries: Object.entries(settings).map(([name, value]) => ({ name, value: String(value) })),
  };
}
