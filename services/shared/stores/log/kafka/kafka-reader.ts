import type { Admin, Cluster, Consumer, Kafka, KafkaMessage } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Topic } from '../../../domain/records';
import { RangeNotHeldError } from '../errors';
import type { LogEntry } from '../log';
import { createConsumer } from './consumer-cluster';
import { retrying } from './retrying';
import { subscriptionAssigner } from './subscription-assigner';

const FETCH_BYTES = 4 << 20;
/** While a partition's leader holds records and yet hands none out. */
const PAUSE_MS = 20;
/** Answers without a record before a gap is looked for. */
const EMPTY_ANSWERS = 3;

export interface ReadRange {
  topic: Topic;
  /** As the brokers name it. */
  kafkaTopic: string;
  partition: number;
  from: number;
  /** Exclusive. */
  to: number;
}

interface Fetched {
  messages: KafkaMessage[];
  /** Offset behind the newest record. */
  end: number;
}

interface FetchResponse {
  responses: { partitions: { partition: number; highWatermark: string; messages: KafkaMessage[] }[] }[];
}

/**
 * Reads ranges by bare fetch requests: a consumer would have to join a group for each, and leave it behind.
 * kafkajs has no call for that but the connections of a consumer, which here never joins.
 */
export class KafkaReader {
  private readonly consumer: Consumer;
  private readonly cluster: Cluster;
  private connected: Promise<void> | undefined;

  constructor(
    kafka: Kafka,
    private readonly admin: Admin,
    private readonly kafkaTopics: string[],
  ) {
    const { consumer, cluster } = createConsumer(
      kafka,
      { groupId: 'muster-reader', allowAutoTopicCreation: false },
      subscriptionAssigner(() => 0),
    );
    this.consumer = consumer;
    this.cluster = cluster;
  }

  /**
   * Fewer come only where the log ends, or where a topic was compacted. Rejects with `RangeNotHeldError` when the
   * beginning is gone.
   */
  async read(range: ReadRange): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    let at = range.from;
    let emptyAnswers = 0;
    while (at < range.to) {
      const fetched = await this.fetch(range, at);
      for (const { offset, key, value } of fetched.messages) {
        entries.push({
          offset: Number(offset),
          key: key?.toString() ?? '',
          value: value ?? Buffer.alloc(0),
        });
        at = Number(offset) + 1;
      }
      if (at >= fetched.end) break;
      if (fetched.messages.length > 0) emptyAnswers = 0;
      else if (++emptyAnswers < EMPTY_ANSWERS) await sleep(PAUSE_MS);
      else at = await this.behindGap(range, at, fetched.end);
    }
    // What follows a gap may lie behind the range.
    const beyond = entries.findIndex(({ offset }) => offset >= range.to);
    return beyond === -1 ? entries : entries.slice(0, beyond);
  }

  /**
   * Compaction leaves batches without a record, and brokers hand out one segment at a time: where a segment ends in such
   * batches, the answer is empty for good. kafkajs does not tell how far they reach, so the next record is looked
   * for, one offset after another; there are at most as many as a batch has. An empty answer may also be a leader that hands nothing out
   * just now, so once one is found, all before it are asked for again.
   */
  private async behindGap(range: ReadRange, at: number, end: number): Promise<number> {
    for (let probe = at + 1; probe < end; probe++) {
      if ((await this.fetch(range, probe)).messages.length === 0) continue;
      for (let before = at; before < probe; before++)
        if ((await this.fetch(range, before)).messages.length > 0) return before;
      return probe;
    }
    await sleep(PAUSE_MS);
    return at;
  }

  async close(): Promise<void> {
    await this.consumer.disconnect();
  }

  private async fetch(range: ReadRange, at: number): Promise<Fetched> {
    try {
      return await retrying(() => this.fetchOnce(range, at));
    } catch (error) {
      if (!(error instanceof Error && error.name === 'KafkaJSOffsetOutOfRange')) throw error;
      const offsets = await retrying(() => this.admin.fetchTopicOffsets(range.kafkaTopic));
      const earliest = Number(offsets.find(({ partition }) => partition === range.partition)?.low);
      if (at < earliest) throw new RangeNotHeldError(range.topic, range.partition, at, earliest);
      return { messages: [], end: at };
    }
  }

  private async fetchOnce({ kafkaTopic, partition }: ReadRange, at: number): Promise<Fetched> {
    await this.connect();
    try {
      const [nodeId] = Object.keys(this.cluster.findLeaderForPartitions(kafkaTopic, [partition]));
      if (nodeId === undefined) throw new Error(`log: ${kafkaTopic}/${partition} has no leader`);
      const broker = await this.cluster.findBroker({ nodeId });
      const { responses } = (await broker.fetch({
        maxWaitTime: 0,
        minBytes: 0,
        maxBytes: FETCH_BYTES,
        topics: [
          {
            topic: kafkaTopic,
            partitions: [{ partition, fetchOffset: String(at), maxBytes: FETCH_BYTES }],
          },
        ],
      })) as FetchResponse;
      const found = responses[0]?.partitions[0];
      // Batches are fetched whole, also what lies before the offset asked for.
      const messages = (found?.messages ?? []).filter(({ offset }) => Number(offset) >= at);
      return { messages, end: Number(found?.highWatermark ?? at) };
    } catch (error) {
      // Another broker may lead by now.
      this.connected = undefined;
      throw error;
    }
  }

  private connect(): Promise<void> {
    if (!this.connected) {
      const connecting = this.consumer.connect().then(async () => {
        await this.cluster.addMultipleTargetTopics(this.kafkaTopics);
        await this.cluster.refreshMetadata();
      });
      connecting.catch(() => (this.connected = undefined));
      this.connected = connecting;
    }
    return this.connected;
  }
}
