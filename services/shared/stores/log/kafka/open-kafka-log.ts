import type { Log } from '../log';
import { createTopics } from './create-topics';
import { createClient } from './kafka-client';
import { KafkaLog, kafkaName } from './kafka-log';
import type { KafkaLogOptions } from './kafka-options';

/**
 * Opens the log on Apache Kafka, creating the topics that are missing. Rejects when no broker answers, or when a
 * topic has another number of partitions than is declared.
 *
 * Acknowledged means: at all replicas in sync, of which there must be two where topics are replicated. So a topic
 * of one replica is as safe as its broker's disk.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<Log> {
  const { topics, replicationFactor } = options;
  const kafka = createClient(options);
  const admin = kafka.admin();
  try {
    await admin.connect();
    await createTopics(admin, { topics, replicationFactor, nameOf: (topic) => kafkaName(options, topic) });
  } catch (error) {
    await admin.disconnect();
    throw error;
  }
  return new KafkaLog(kafka, admin, options);
}
