import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { bucket } from '../../../domain/hash';
import type { Topic } from '../../../domain/records';
import { RangeNotHeldError, RecordTooLargeError } from '../errors';
import type { AppendRecord, ConsumeOptions, Log, LogConsumer, LogEntry, PartitionPosition } from '../log';
import { RECORD_BYTES_MAX } from '../log';
import type { Topics } from '../topics';
import type { SegmentLimits } from './appender';
import { Appender } from './appender';
import { ChunkReader } from './chunk-reader';
import { Cursor } from './cursor';
import { firstOffsetOf } from './first-offset';
import { GroupStore } from './group-store';
import { FileConsumer } from './file-consumer';
import { Membership } from './membership';
import { Partition } from './partition';
import { dropOldSegments } from './retention';

const DAY_MS = 86_400_000;
const SWEEP_EVERY_MS = 5_000;
/** Folder of the consumer groups, beside those of the topics. */
const GROUPS = 'groups';

export interface FileLogOptions {
  /** Owned by the log; several processes of a host may have it open at once. */
  dir: string;
  topics: Topics;
  logger?: Logger;
  /** A segment is sealed at the first append that finds it this large. @default 256 MiB */
  segmentMaxBytes?: number;
  /** @default 10,000,000 */
  segmentMaxRecords?: number;
  /** Offset that a log made anew begins with; one that is there keeps its own. @default 0 */
  firstOffset?: number;
}

interface Lane {
  topic: Topic;
  number: number;
  partition: Partition;
  appender: Appender;
}

/** The embedded log: see the port for what it promises and `segment.ts` for why the promise holds. */
export class FileLog implements Log {
  private readonly lanes = new Map<Topic, Lane[]>();
  private readonly groups: GroupStore;
  private readonly firstOffset: number;
  private readonly consumers = new Set<FileConsumer>();
  private readonly sweepTimer: NodeJS.Timeout;
  private sweeping: Promise<void> = Promise.resolve();
  private closed = false;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: FileLogOptions) {
    mkdirSync(options.dir, { recursive: true });
    this.firstOffset = firstOffsetOf(options.dir, Object.keys(options.topics), options.firstOffset ?? 0);
    this.groups = new GroupStore(join(options.dir, GROUPS));
    for (const topic of Object.keys(options.topics) as Topic[]) this.lanes.set(topic, this.openLanes(topic));
    this.sweepTimer = setInterval(() => {
      this.sweeping = this.sweep();
    }, SWEEP_EVERY_MS);
    this.sweepTimer.unref();
  }

  /** Call it once, before anything else. */
  async mend(): Promise<void> {
    for (const { partition } of [...this.lanes.values()].flat()) await partition.mend();
  }

  async append(topic: Topic, records: AppendRecord[]): Promise<void> {
    this.assertOpen();
    for (const { key, value } of records) {
      const bytes = Buffer.byteLength(key) + value.length;
      if (bytes > RECORD_BYTES_MAX) throw new RecordTooLargeError(topic, bytes);
    }
    const shares = this.shareOut(this.lanesOf(topic), records);
    await Promise.all(shares.map(({ lane, records }) => lane.appender.append(records)));
  }

  async consume(options: ConsumeOptions): Promise<LogConsumer> {
    if (this.closing) throw new Error('log: closed');
    const { group, topics } = options;
    for (const { topic, number, partition } of topics.flatMap((topic) => this.lanesOf(topic))) {
      // Waiting for the first record is cheap only once there is a segment to wait at.
      partition.active();
      await this.groups.register(group, topic, number, partition.earliest());
    }
    const membership: Membership = new Membership({
      store: this.groups,
      group,
      topics,
      partitions: (topic) => this.partitions(topic),
      inHand: (topic, partition) => consumer.hasInHand(topic, partition),
      onLost: (topic, partition) => consumer.dropCursor(topic, partition),
      onTaken: ({ topic, partition, progress }) => {
        const source = this.lane(topic, partition).partition;
        consumer.addCursor(new Cursor(topic, partition, source, progress.value.committed));
      },
    });
    const consumer = new FileConsumer(options, membership, this.options.logger);
    this.consumers.add(consumer);
    await consumer.start();
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
    const source = this.lane(topic, partition).partition;
    const reader = new ChunkReader(source);
    const entries: LogEntry[] = [];
    const until = Math.min(to, from + maxRecords);
    for (let at = from; at < until; at = from + entries.length) {
      const chunk = reader.at(at);
      if (!chunk) {
        const earliest = source.earliest();
        if (at < earliest) throw new RangeNotHeldError(topic, partition, from, earliest);
        break;
      }
      for (const entry of chunk.entries.slice(at - chunk.from, until - chunk.from)) entries.push(entry);
    }
    return entries;
  }

  async positions(group: string, topics: Topic[]): Promise<PartitionPosition[]> {
    this.assertOpen();
    return topics.flatMap((topic) =>
      this.lanesOf(topic).map(({ number, partition }) => ({
        topic,
        partition: number,
        committed: this.groups.progress(group, topic, number)?.value.committed ?? partition.earliest(),
        end: partition.end(),
      })),
    );
  }

  partitions(topic: Topic): number {
    return this.lanesOf(topic).length;
  }

  async enforceRetention(nowMs: number): Promise<void> {
    this.assertOpen();
    for (const [topic, lanes] of this.lanes) {
      const { retentionDays } = this.options.topics[topic];
      if (retentionDays === undefined) continue;
      const olderThanMs = nowMs - retentionDays * DAY_MS;
      for (const { number, partition } of lanes) {
        const passed = this.groups.lowestCommitted(topic, number);
        const segments = await dropOldSegments({ partition, olderThanMs, passed });
        if (segments > 0)
          this.options.logger?.info({ topic, partition: number, segments }, 'log segments dropped');
      }
    }
  }

  /** Stops the consumers, whose last batches may still append, waits for appends under way, lets go of all files. */
  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    clearInterval(this.sweepTimer);
    await Promise.all([...this.consumers].map((consumer) => consumer.close()));
    this.closed = true;
    await this.sweeping;
    const lanes = [...this.lanes.values()].flat();
    await Promise.all(lanes.map((lane) => lane.appender.drained()));
    await Promise.all(lanes.map((lane) => lane.partition.close()));
  }

  private shareOut(lanes: Lane[], records: AppendRecord[]): { lane: Lane; records: AppendRecord[] }[] {
    const [only] = lanes;
    if (only && lanes.length === 1) return records.length > 0 ? [{ lane: only, records }] : [];
    const shares = lanes.map((lane) => ({ lane, records: [] as AppendRecord[] }));
    let lastKey: string | undefined;
    let share = shares[0];
    for (const record of records) {
      if (record.key !== lastKey) share = shares[bucket(record.key, lanes.length)];
      lastKey = record.key;
      share?.records.push(record);
    }
    return shares.filter((share) => share.records.length > 0);
  }

  private openLanes(topic: Topic): Lane[] {
    const { dir, topics, segmentMaxBytes = 256 << 20, segmentMaxRecords = 10_000_000 } = this.options;
    const { partitions, retentionDays = Infinity } = topics[topic];
    const limits: SegmentLimits = {
      maxBytes: segmentMaxBytes,
      maxRecords: segmentMaxRecords,
      // Retention drops whole segments, so old records must not share one with new ones for long.
      maxAgeMs: Math.min(DAY_MS, (retentionDays * DAY_MS) / 2),
    };
    return Array.from({ length: partitions }, (_, number) => {
      const partition = new Partition(join(dir, topic, String(number)), this.firstOffset);
      const appender = new Appender(partition, limits, () => {
        for (const consumer of this.consumers) consumer.wake();
      });
      return { topic, number, partition, appender };
    });
  }

  private async sweep(): Promise<void> {
    try {
      for (const { partition } of [...this.lanes.values()].flat()) await partition.sweep(Date.now());
    } catch (error) {
      this.options.logger?.error({ err: error }, 'log segments could not be closed');
    }
  }

  private lanesOf(topic: Topic): Lane[] {
    const lanes = this.lanes.get(topic);
    if (!lanes) throw new Error(`log: unknown topic ${topic}`);
    return lanes;
  }

  private lane(topic: Topic, partition: number): Lane {
    const lane = this.lanesOf(topic)[partition];
    if (!lane) throw new Error(`log: topic ${topic} has no partition ${partition}`);
    return lane;
  }

  private assertOpen(): void {
    if (this.closed) throw new Error('log: closed');
  }
}
