import type { Admin, Kafka } from 'kafkajs';
import { bucket } from '../../../domain/hash';
import type { Topic } from '../../../domain/records';
import { RecordTooLargeError } from '../errors';
import type { AppendRecord, ConsumeOptions, Log, LogConsumer, LogEntry, PartitionPosition } from '../log';
import { RECORD_BYTES_MAX } from '../log';
import { groupOffsets } from './group-offsets';
import { KafkaAppender } from './kafka-appender';
import { KafkaConsumer } from './kafka-consumer';
import type { KafkaLogOptions } from './kafka-options';
import { KafkaReader } from './kafka-reader';
import { Producers } from './producers';

/** An append that is not confirmed by then rejects. */
const APPEND_WITHIN_MS = 30_000;

/** The log on Apache Kafka. The topics exist already. */
export class KafkaLog implements Log {
  private readonly appenders = new Map<Topic, KafkaAppender[]>();
  private readonly consumers = new Set<KafkaConsumer>();
  private readonly producers: Producers;
  private readonly reader: KafkaReader;
  private closed = false;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly kafka: Kafka,
    /** Connected; closed by the log. */
    private readonly admin: Admin,
    private readonly options: KafkaLogOptions,
  ) {
    this.producers = new Producers(kafka, options.logger);
    const topics = Object.keys(options.topics) as Topic[];
    this.reader = new KafkaReader(
      kafka,
      admin,
      topics.map((topic) => this.nameOf(topic)),
    );
    for (const topic of topics) this.appenders.set(topic, this.openAppenders(topic));
  }

  async append(topic: Topic, records: AppendRecord[]): Promise<void> {
    this.assertOpen();
    for (const { key, value } of records) {
      const bytes = Buffer.byteLength(key) + value.length;
      if (bytes > RECORD_BYTES_MAX) throw new RecordTooLargeError(topic, bytes);
    }
    const appenders = this.appendersOf(topic);
    const shares = appenders.map((): AppendRecord[] => []);
    for (const record of records) shares[bucket(record.key, shares.length)]?.push(record);
    await Promise.all(
      shares.map((share, partition) => share.length > 0 && appenders[partition]?.append(share)),
    );
  }

  async consume(options: ConsumeOptions): Promise<LogConsumer> {
    if (this.closing) throw new Error('log: closed');
    const all = Object.keys(this.options.topics) as Topic[];
    const partitionsByName = new Map(all.map((topic) => [this.nameOf(topic), this.partitions(topic)]));
    const consumer = new KafkaConsumer(
      options,
      {
        sessionMs: this.options.sessionTimeoutMs,
        kafka: this.kafka,
        admin: this.admin,
        groupId: this.groupId(options.group),
        topics: options.topics.map((topic) => ({ topic, kafkaTopic: this.nameOf(topic) })),
        partitionsOf: (name) => partitionsByName.get(name) ?? 0,
      },
      this.options.logger,
    );
    this.consumers.add(consumer);
    try {
      await consumer.start();
    } catch (error) {
      this.consumers.delete(consumer);
      await consumer.close();
      throw error;
    }
    return {
      close: async () => {
        await consumer.close();
        this.consumers.delete(consumer);
      },
    };
  }

  async read(
    topic: Topic,
    partition: number,
    from: number,
    to: number,
    maxRecords: number,
  ): Promise<LogEntry[]> {
    this.assertOpen();
    if (!(partition in this.appendersOf(topic)))
      throw new Error(`log: topic ${topic} has no partition ${partition}`);
    const until = Math.min(to, from + maxRecords);
    return this.reader.read({ topic, kafkaTopic: this.nameOf(topic), partition, from, to: until });
  }

  async positions(group: string, topics: Topic[]): Promise<PartitionPosition[]> {
    this.assertOpen();
    const byName = new Map(topics.map((topic) => [this.nameOf(topic), topic]));
    const offsets = await groupOffsets(this.admin, this.groupId(group), [...byName.keys()]);
    return offsets.flatMap(({ topic: kafkaTopic, partition, position, end }) => {
      const topic = byName.get(kafkaTopic);
      return topic ? [{ topic, partition, committed: position, end }] : [];
    });
  }

  partitions(topic: Topic): number {
    return this.appendersOf(topic).length;
  }

  /**
   * Nothing to do: the brokers drop segments by themselves, older than the topic's retention. They look at time alone: a
   * group that stays behind for longer loses what it has not handled, so the retention must outlast every outage.
   */
  async enforceRetention(): Promise<void> {
    this.assertOpen();
  }

  /** Stops the consumers, whose last batches may still append, waits for appends under way, disconnects. */
  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    await Promise.all([...this.consumers].map((consumer) => consumer.close()));
    this.closed = true;
    await Promise.all([...this.appenders.values()].flat().map((appender) => appender.drained()));
    await Promise.all([this.producers.close(), this.reader.close(), this.admin.disconnect()]);
  }

  private openAppenders(topic: Topic): KafkaAppender[] {
    const { partitions } = this.options.topics[topic];
    const kafkaTopic = this.nameOf(topic);
    return Array.from(
      { length: partitions },
      (_, partition) =>
        new KafkaAppender(
          (records) => this.producers.send(kafkaTopic, partition, records, APPEND_WITHIN_MS),
          APPEND_WITHIN_MS,
        ),
    );
  }

  private appendersOf(topic: Topic): KafkaAppender[] {
    const appenders = this.appenders.get(topic);
    if (!appenders) throw new Error(`log: unknown topic ${topic}`);
    return appenders;
  }

  private nameOf(topic: Topic): string {
    return kafkaName(this.options, topic);
  }

  private groupId(group: string): string {
    return kafkaName(this.options, group);
  }

  private assertOpen(): void {
    if (this.closed) throw new Error('log: closed');
  }
}

/** The name of a topic or group on the brokers. */
export function kafkaName({ topicPrefix = '' }: KafkaLogOptions, name: string): string {
  return `${topicPrefix}${name}`;
}
