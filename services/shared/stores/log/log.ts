/**
 * LOG: durable, partitioned, ordered topics with consumer groups. The port knows nothing of its engine:
 * what holds for Kafka holds for the embedded adapter.
 *
 * Durability: an append resolves once its records are flushed to disk, so kill -9 of any process, or of all,
 * takes nothing back that was acknowledged. A record is seen by consumers only when it is durable in the same
 * sense, and keeps its offset for ever. An append that was rejected, or whose process died first, may have
 * been stored or not, in part too: its repetition may store records twice. A committed offset is
 * durable like a record. So every record is handled at least once by each group, and again only from the last
 * committed offset on.
 */
import type { Topic } from '../../domain/records';

/** Bytes of key and value together; an append of a larger record rejects with `RecordTooLargeError`. */
export const RECORD_BYTES_MAX = 1_048_576;

export interface AppendRecord {
  /** Decides the partition (murmur3 of the key modulo partitions). Equal keys keep their order. */
  key: string;
  value: Buffer;
}

export interface LogEntry {
  offset: number;
  key: string;
  value: Buffer;
}

/** Consecutive records of one partition. `to` is exclusive: the offset to commit once handled. */
export interface LogBatch {
  topic: Topic;
  partition: number;
  from: number;
  to: number;
  entries: LogEntry[];
}

export interface ConsumeOptions {
  group: string;
  /**
   * Earlier topics are served first: as long as one has a batch due, later ones wait. A batch is due when it
   * is full or its first record is `lingerMs` old, and not while the partition waits after a rejection.
   */
  topics: Topic[];
  /** A batch closes at the first of these. `lingerMs` lets a small batch fill; 0 hands over at once. */
  maxRecords: number;
  maxBytes: number;
  lingerMs: number;
  /**
   * Handles one batch; the offset is committed after it resolves. A rejection means the same batch comes
   * again (with back-off, same `from`, possibly another `to`), and nothing behind it is committed.
   * It may answer another offset than `to`, above `from`: where it stopped short, or went on by `read`. That one is
   * committed, and the next batch begins there.
   * Batches of one consumer never overlap in time.
   */
  onBatch(batch: LogBatch, context: BatchContext): Promise<number | void>;
}

export interface BatchContext {
  /**
   * Call during long work; keeps the group membership alive. Rejects once the partition was lost,
   * after which nothing this batch does may be acknowledged.
   */
  heartbeat(): Promise<void>;
  /** Aborted when the consumer is closing or the partition was lost. */
  signal: AbortSignal;
}

export interface LogConsumer {
  /** Stops handing out batches, waits for the one in hand, leaves the group. Not to be awaited by `onBatch` itself. */
  close(): Promise<void>;
}

export interface PartitionPosition {
  topic: Topic;
  partition: number;
  /** Offset of the next record to be handled by the group. */
  committed: number;
  /** Offset behind the newest record. */
  end: number;
}

export interface Log {
  /**
   * Resolves once every record is durable (survives kill -9 of any process). A rejection does not say which
   * records were stored, except `RecordTooLargeError`: none.
   * Records of one append that share a partition lie there in their order; of two appends of one process,
   * the one called first lies first.
   */
  append(topic: Topic, records: AppendRecord[]): Promise<void>;
  consume(options: ConsumeOptions): Promise<LogConsumer>;
  /**
   * Reads an exact range again, whoever owns the partition: the records with from ≤ offset < to, of the first
   * `maxRecords` offsets. Used to replay a planned range after a crash. Fewer come only where the log ends, or where
   * a compacted topic has dropped some.
   * Rejects with `RangeNotHeldError` when retention has dropped the beginning.
   */
  read(topic: Topic, partition: number, from: number, to: number, maxRecords: number): Promise<LogEntry[]>;
  positions(group: string, topics: Topic[]): Promise<PartitionPosition[]>;
  partitions(topic: Topic): number;
  /**
   * Drops whole segments older than the topic's retention that every known group has passed. Of a compacted topic
   * none are.
   */
  enforceRetention(nowMs: number): Promise<void>;
  close(): Promise<void>;
}
