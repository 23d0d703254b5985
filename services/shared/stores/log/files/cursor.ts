import type { Topic } from '../../../domain/records';
import type { LogBatch, LogEntry } from '../log';
import { ChunkReader } from './chunk-reader';
import type { Partition } from './partition';

export interface BatchLimits {
  maxRecords: number;
  maxBytes: number;
  lingerMs: number;
}

/** When a batch is due: `'none'` without records, else a time of `performance.now()`, possibly past. */
export type Due = 'none' | number;

/** A group's place in a partition it holds. Batches never span two segments. */
export class Cursor {
  private readonly reader: ChunkReader;
  /** From when on the record at the position lingers, of `performance.now()`, which nobody sets back. */
  private since: number | undefined;

  constructor(
    readonly topic: Topic,
    readonly partition: number,
    private readonly source: Partition,
    private position: number,
  ) {
    this.reader = new ChunkReader(source);
  }

  moveTo(position: number): void {
    this.position = position;
    this.since = undefined;
  }

  due(limits: BatchLimits, now: number): Due {
    const chunk = this.reader.at(this.position);
    if (!chunk) {
      this.skipDropped();
      return 'none';
    }
    if (limits.lingerMs === 0) return 0;
    const tail = this.source.segment(chunk.segmentBase)?.tail();
    const isFull =
      tail === undefined ||
      tail.sealed ||
      tail.next - this.position >= limits.maxRecords ||
      tail.segmentBytes - chunk.header.segmentBytes >= limits.maxBytes;
    // A stamp from before the clock was set back lies in the future: then count from now.
    this.since ??= now - Math.max(0, Date.now() - chunk.header.appendedAt);
    return isFull ? 0 : this.since + limits.lingerMs;
  }

  /** Up to the limits, but at least one record; undefined when there is none. */
  next(limits: BatchLimits): LogBatch | undefined {
    const entries: LogEntry[] = [];
    let bytes = 0;
    for (let chunk = this.reader.at(this.position); chunk;) {
      const start = this.position + entries.length - chunk.from;
      for (const entry of start === 0 ? chunk.entries : chunk.entries.slice(start)) {
        bytes += Buffer.byteLength(entry.key) + entry.value.length;
        const isFull = entries.length >= limits.maxRecords || bytes > limits.maxBytes;
        if (isFull && entries.length > 0) return this.batch(entries);
        entries.push(entry);
      }
      const following = this.reader.at(this.position + entries.length);
      chunk = following?.segmentBase === chunk.segmentBase ? following : undefined;
    }
    return entries.length > 0 ? this.batch(entries) : undefined;
  }

  private batch(entries: LogEntry[]): LogBatch {
    const { topic, partition, position: from } = this;
    return { topic, partition, from, to: from + entries.length, entries };
  }

  /** Retention waits for every group it knows, so this is for a position from before the group was known. */
  private skipDropped(): void {
    if (this.reader.isDropped(this.position)) this.moveTo(this.source.earliest());
  }
}
