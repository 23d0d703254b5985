import type { AppendRecord } from '../log';

/** Of one request, before compression; a single record may be as large alone. */
const REQUEST_BYTES = 1 << 20;
/** kafkajs sorts the records of a request in quadratic time. */
const REQUEST_RECORDS = 1_000;
/** Bytes that may wait for a partition before appends are refused. */
const WAITING_BYTES_MAX = 64 << 20;
/** What surrounds a record on its way: lengths, offset and time deltas. */
const RECORD_OVERHEAD_BYTES = 32;

interface Waiting {
  records: AppendRecord[];
  bytes: number;
  isGivenUp: boolean;
  resolve: () => void;
  reject: (error: Error) => void;
}

/**
 * Appends to one partition. One request is in flight at a time; what arrives meanwhile goes with the next, so
 * slow brokers make requests larger, not rarer.
 */
export class KafkaAppender {
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private running: Promise<void> | undefined;

  constructor(
    private readonly send: (records: AppendRecord[]) => Promise<void>,
    private readonly withinMs: number,
  ) {}

  /**
   * Resolves once all records are confirmed. Rejects when that is not known after `withinMs`, or when too much waits
   * already.
   */
  async append(records: AppendRecord[]): Promise<void> {
    if (this.waitingBytes > WAITING_BYTES_MAX)
      throw new Error(`log: ${this.waitingBytes} bytes wait for the brokers already`);
    await Promise.all(split(records).map((part) => this.enqueue(part)));
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    await this.running;
  }

  private enqueue(records: AppendRecord[]): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const part: Waiting = { records, bytes: sizeOf(records), isGivenUp: false, resolve, reject };
      const timer = setTimeout(() => {
        part.isGivenUp = true;
        reject(new Error(`log: the brokers did not confirm within ${this.withinMs} ms`));
      }, this.withinMs);
      part.resolve = () => {
        clearTimeout(timer);
        resolve();
      };
      part.reject = (error) => {
        clearTimeout(timer);
        reject(error);
      };
      this.waiting.push(part);
      this.waitingBytes += part.bytes;
      this.running ??= this.run();
    });
  }

  private async run(): Promise<void> {
    // Appends of the same turn share the first request.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      const group = this.nextGroup();
      if (group.length === 0) continue;
      try {
        await this.send(group.flatMap((part) => part.records));
        for (const part of group) part.resolve();
      } catch (error) {
        const failure = new Error(`log append failed: ${String(error)}`, { cause: error });
        for (const part of group) part.reject(failure);
      }
    }
    this.running = undefined;
  }

  /** Those given up before they were sent are left out: their records are not stored. */
  private nextGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    let recordCount = 0;
    for (const part of this.waiting) {
      const isFull =
        bytes + part.bytes > REQUEST_BYTES || recordCount + part.records.length > REQUEST_RECORDS;
      if (count > 0 && isFull) break;
      bytes += part.bytes;
      recordCount += part.records.length;
      count++;
    }
    this.waitingBytes -= bytes;
    return this.waiting.splice(0, count).filter((part) => !part.isGivenUp);
  }
}

/** Parts that fit a request each, in order. */
function split(records: AppendRecord[]): AppendRecord[][] {
  const parts: AppendRecord[][] = [];
  let part: AppendRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = sizeOf([record]);
    if (part.length > 0 && (bytes + size > REQUEST_BYTES || part.length === REQUEST_RECORDS)) {
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

function sizeOf(records: AppendRecord[]): number {
  return records.reduce(
    (sum, { key, value }) => sum + Buffer.byteLength(key) + value.length + RECORD_OVERHEAD_BYTES,
    0,
  );
}
