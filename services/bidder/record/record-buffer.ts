import type { Logger } from 'pino';
import { RECORD_BYTES_MAX, type Log } from '../../shared/stores/log/log';

/** Some seconds of a busy process; beyond that a log that does not take them must not eat the memory. */
const RECORDS_MAX = 100_000;
const BYTES_MAX = 128 << 20;
const BATCH_MAX = 5_000;
const BATCH_BYTES_MAX = 8 << 20;
const FLUSH_MS = 100;
/** Stands for the brace that a record begins with. */
const RESENT = Buffer.from('{"resent":true,');
/** The log counts a record's key too, and one that is appended again is larger by its mark. */
const ONE_BYTES_MAX = RECORD_BYTES_MAX - RESENT.length - String(Number.MAX_SAFE_INTEGER).length;

export interface RecordBufferOptions {
  log: Pick<Log, 'append'>;
  logger: Logger;
  /** @default 100000 */
  recordsMax?: number;
  /** @default 128 MiB */
  bytesMax?: number;
}

/** What is appended at once, under the same key each time: a repetition lies behind what it repeats. */
interface Batch {
  key: string;
  values: Buffer[];
  bytes: number;
  isResent: boolean;
}

/**
 * Takes what the bidder did to the log behind the answers, in batches. What does not fit is dropped and
 * counted, never silently. A batch that the log refused may have been stored all the same: it is appended again with a
 * mark on each record, by which ingest knows what to look for.
 */
export class RecordBuffer {
  readonly #log: Pick<Log, 'append'>;
  readonly #logger: Logger;
  readonly #recordsMax: number;
  readonly #bytesMax: number;
  readonly #timer: NodeJS.Timeout;
  #waiting: Buffer[] = [];
  readonly #refused: Batch[] = [];
  /** Of all that is not in the log yet. */
  #depth = 0;
  #bytes = 0;
  #batches = 0;
  #flushing: Promise<void> | undefined;
  #dropped = 0;
  #hasSeenTooLarge = false;
  #failing = false;

  constructor({ log, logger, recordsMax = RECORDS_MAX, bytesMax = BYTES_MAX }: RecordBufferOptions) {
    this.#log = log;
    this.#logger = logger;
    this.#recordsMax = recordsMax;
    this.#bytesMax = bytesMax;
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS);
    this.#timer.unref();
  }

  /** `json`: a record of the topic `bids`, ASCII alone, see `asciiJson`. */
  add(json: string): void {
    const bytes = json.length;
    if (bytes > ONE_BYTES_MAX) this.#warnOfTooLarge(bytes);
    if (bytes > ONE_BYTES_MAX || this.#depth >= this.#recordsMax || this.#bytes + bytes > this.#bytesMax) {
      this.#dropped += 1;
      return;
    }
    this.#depth += 1;
    this.#bytes += bytes;
    // As bytes at once: a text made of many pieces would be copied about by the collector until it is flushed.
    this.#waiting.push(Buffer.from(json, 'latin1'));
  }

  get depth(): number {
    return this.#depth;
  }

  /** Records that were lost because the buffer was full, or because no log would take one so large. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Resolves when nothing is under way; what the log refused stays and is tried again. */
  async flush(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
    await this.flush();
    if (this.depth > 0)
      this.#logger.error({ records: this.depth }, 'records of bids are lost: the log takes none');
  }

  async #flush(): Promise<void> {
    for (let batch = this.#next(); batch !== undefined; batch = this.#next()) {
      const { key, values, bytes } = batch;
      try {
        await this.#log.append(
          'bids',
          values.map((value) => ({ key, value })),
        );
      } catch (error) {
        if (!this.#failing)
          this.#logger.error({ err: error }, 'records of bids cannot be appended, trying again');
        this.#failing = true;
        this.#refused.push(asResent(batch));
        return;
      }
      this.#failing = false;
      this.#depth -= values.length;
      this.#bytes -= bytes;
    }
  }

  /** New records first: they need not wait for the one partition that a refused batch belongs to. */
  #next(): Batch | undefined {
    if (this.#waiting.length === 0) return this.#refused.shift();
    let count = 0;
    let bytes = 0;
    for (const { length } of this.#waiting) {
      if (count === BATCH_MAX || (count > 0 && bytes + length > BATCH_BYTES_MAX)) break;
      count += 1;
      bytes += length;
    }
    // Their order matters to nobody, so a batch lies in one partition as a whole and is hashed once.
    const key = String(this.#batches++);
    return { key, values: this.#waiting.splice(0, count), bytes, isResent: false };
  }

  #warnOfTooLarge(bytes: number): void {
    if (!this.#hasSeenTooLarge)
      this.#logger.error({ bytes }, 'a record of a bid is too large for the log: such records are dropped');
    this.#hasSeenTooLarge = true;
  }
}

function asResent(batch: Batch): Batch {
  if (batch.isResent) return batch;
  const values = batch.values.map((value) => Buffer.concat([RESENT, value.subarray(1)]));
  return { ...batch, values, isResent: true };
}
