import type { AppendRecord } from '../log';
import type { EncodedRecords } from './chunk';
import { encodeChunk, encodeRecords, encodeSeal } from './chunk';
import type { Partition } from './partition';
import type { Segment } from './segment';
import type { Tail } from './segment-head';

/** Bytes of one commit, before the last part overshoots. */
const CHUNK_BYTES = 1 << 20;
/** Bytes that may wait for a partition's disk before appends are refused. */
const WAITING_BYTES_MAX = 64 << 20;

export interface SegmentLimits {
  maxBytes: number;
  maxRecords: number;
  maxAgeMs: number;
}

interface Waiting extends EncodedRecords {
  resolve: () => void;
  reject: (error: Error) => void;
}

/**
 * Appends to one partition. One commit is in flight at a time; what arrives meanwhile goes with the next, so
 * a slow disk makes commits larger, not rarer. Several processes do this at once: each tries to put its
 * chunk at the end it sees, the loser of a race looks for the new end and tries again.
 */
export class Appender {
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private running: Promise<void> | undefined;

  constructor(
    private readonly partition: Partition,
    private readonly limits: SegmentLimits,
    private readonly onAppended: () => void,
  ) {}

  /** Resolves once all records are on disk. Rejects when that is not known, or when too much waits already. */
  append(records: AppendRecord[]): Promise<void> {
    if (this.waitingBytes > WAITING_BYTES_MAX) {
      return Promise.reject(new Error(`log: ${this.waitingBytes} bytes wait for the disk already`));
    }
    const parts = split(records);
    const [only] = parts;
    if (only && parts.length === 1) return this.enqueue(only);
    return Promise.all(parts.map((part) => this.enqueue(part))).then(() => undefined);
  }

  private enqueue(part: AppendRecord[]): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const { records, bytes } = encodeRecords(part);
      this.waiting.push({ records, bytes, resolve, reject });
      this.waitingBytes += bytes.length;
      this.running ??= this.run();
    });
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    // Appends of the same turn share the first commit.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      const group = this.nextGroup();
      try {
        await this.store(group);
        for (const part of group) part.resolve();
        this.onAppended();
      } catch (error) {
        const failure = new Error(`log write failed: ${String(error)}`, { cause: error });
        for (const part of group) part.reject(failure);
      }
    }
    this.running = undefined;
  }

  private nextGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const part of this.waiting) {
      if (count > 0 && bytes + part.bytes.length > CHUNK_BYTES) break;
      bytes += part.bytes.length;
      count++;
    }
    this.waitingBytes -= bytes;
    return this.waiting.splice(0, count);
  }

  private async store(group: Waiting[]): Promise<void> {
    const bytes = group.reduce((sum, part) => sum + part.bytes.length, 0);
    for (;;) {
      const segment = this.partition.active();
      const tail = segment.tail();
      const nowMs = Date.now();
      if (this.isFull(segment, tail, nowMs)) {
        await sealSegment(segment, tail);
        continue;
      }
      const chunk = encodeChunk(group, {
        segmentBytes: tail.segmentBytes + bytes,
        // Stamps of one segment never go back, whatever the clock does.
        appendedAt: Math.max(nowMs, tail.appendedAt),
        segmentFirstAt: tail.segmentFirstAt || nowMs,
      });
      if (await segment.put(tail.next, chunk)) return;
    }
  }

  private isFull(segment: Segment, tail: Tail, nowMs: number): boolean {
    if (tail.next === segment.base) return false;
    return (
      tail.segmentBytes >= this.limits.maxBytes ||
      tail.next - segment.base >= this.limits.maxRecords ||
      nowMs - tail.segmentFirstAt >= this.limits.maxAgeMs
    );
  }
}

/** Ends a segment at `tail`. Losing the race is fine: somebody appended or sealed, the caller looks again. */
export async function sealSegment(segment: Segment, tail: Tail): Promise<boolean> {
  const { segmentBytes, appendedAt, segmentFirstAt } = tail;
  return segment.put(tail.next, encodeSeal({ segmentBytes, appendedAt, segmentFirstAt }));
}

/** Parts that fit a commit each, in order. */
function split(records: AppendRecord[]): AppendRecord[][] {
  const parts: AppendRecord[][] = [];
  let part: AppendRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = record.key.length + record.value.length;
    if (part.length > 0 && bytes + size > CHUNK_BYTES) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(record);
    bytes += size;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
