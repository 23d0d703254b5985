import type { KafkaMessage, OffsetsByTopicPartition } from 'kafkajs';
import type { Topic } from '../../../domain/records';
import type { LogBatch, LogEntry } from '../log';

export interface BatchLimits {
  maxRecords: number;
  maxBytes: number;
  lingerMs: number;
}

/** When a batch is due: `'none'` without records, else a time of `performance.now()`, possibly past. */
export type Due = 'none' | number;

interface Fetched {
  entry: LogEntry;
  bytes: number;
  /** From when on it lingers. */
  since: number;
}

export type CommitOffsets = (offsets: OffsetsByTopicPartition) => Promise<void>;

/**
 * A partition in the hands of this member for one generation of the group: what was fetched and is not committed yet.
 * When the group is shared out anew another lane stands for it. Times are of `performance.now()`, which nobody sets back.
 */
export class Lane {
  readonly name: string;
  isPaused = false;
  /** When the group last knew this member as the holder. */
  confirmedAt = performance.now();
  /** Bound to the membership the records were fetched under. */
  commitOffsets: CommitOffsets | undefined;
  /** An enquiry under way; its answer is the failure, if nobody answered it. */
  confirming: Promise<Error | undefined> | undefined;
  /** Under way: an enquiry, which commits where the lane stands, would move the group back. */
  isCommitting = false;
  /** When something was last fetched or done with. */
  movedAt = performance.now();
  private fetched: Fetched[] = [];
  private bytes = 0;
  private fetchedTo: number;

  constructor(
    readonly topic: Topic,
    /** The topic as the brokers name it. */
    readonly kafkaTopic: string,
    readonly partition: number,
    private at: number,
    /** Offset behind the newest record the brokers told of. */
    private end: number,
  ) {
    this.name = laneName(kafkaTopic, partition);
    this.fetchedTo = at;
  }

  /** Offset of the first record that is not done with. */
  get position(): number {
    return this.at;
  }

  /** Records that the lane has already, or has been moved behind, are left out. */
  add(messages: KafkaMessage[], end: number): void {
    const now = performance.now();
    this.end = Math.max(this.end, end);
    this.movedAt = now;
    for (const message of messages) {
      const offset = Number(message.offset);
      if (offset < this.fetchedTo) continue;
      const entry: LogEntry = {
        offset,
        key: message.key?.toString() ?? '',
        value: message.value ?? Buffer.alloc(0),
      };
      const bytes = (message.key?.length ?? 0) + entry.value.length;
      // A stamp of a clock that is ahead lies in the future: then count from now.
      const ageMs = Math.max(0, Date.now() - Number(message.timestamp));
      this.fetched.push({ entry, bytes, since: now - ageMs });
      this.bytes += bytes;
      this.fetchedTo = offset + 1;
    }
  }

  /** More records lie at the brokers than were fetched. */
  isBehind(): boolean {
    return this.fetchedTo < this.end;
  }

  /** Holds as many full batches. */
  holds(batches: number, { maxRecords, maxBytes }: BatchLimits): boolean {
    return this.fetched.length >= batches * maxRecords || this.bytes >= batches * maxBytes;
  }

  due(limits: BatchLimits): Due {
    const [first] = this.fetched;
    if (!first) return 'none';
    return limits.lingerMs === 0 || this.holds(1, limits) ? 0 : first.since + limits.lingerMs;
  }

  /** Up to the limits, but at least one record; undefined when there is none. */
  next({ maxRecords, maxBytes }: BatchLimits): LogBatch | undefined {
    const entries: LogEntry[] = [];
    let sum = 0;
    for (const { entry, bytes } of this.fetched) {
      sum += bytes;
      if (entries.length > 0 && (entries.length >= maxRecords || sum > maxBytes)) break;
      entries.push(entry);
    }
    const last = entries.at(-1);
    if (!last) return undefined;
    // Behind a gap that retention made, the batch begins where the records do.
    const from = entries[0]?.offset ?? this.at;
    return { topic: this.topic, partition: this.partition, from, to: last.offset + 1, entries };
  }

  /** True when that lies behind all that was fetched, so that fetching must go on from there. */
  moveTo(position: number): boolean {
    const kept = this.fetched.findIndex(({ entry }) => entry.offset >= position);
    const dropped = this.fetched.splice(0, kept < 0 ? this.fetched.length : kept);
    this.bytes -= dropped.reduce((sum, { bytes }) => sum + bytes, 0);
    this.at = position;
    this.movedAt = performance.now();
    if (position <= this.fetchedTo) return false;
    this.fetchedTo = position;
    return true;
  }
}

export function laneName(kafkaTopic: string, partition: number): string {
  return `${kafkaTopic}/${partition}`;
}
