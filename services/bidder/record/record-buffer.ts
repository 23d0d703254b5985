import type { Logger } from 'pino';
import type { Log } from '../../shared/stores/log/log';

/** Some seconds of a busy process; beyond that a log that does not take them must not eat the memory. */
const RECORDS_MAX = 100_000;
const BATCH_MAX = 5_000;
const FLUSH_MS = 100;

export interface RecordBufferOptions {
  log: Pick<Log, 'append'>;
  logger: Logger;
  /** @default 100000 */
  recordsMax?: number;
}

/**
 * Takes what the bidder did to the log behind the answers, in batches. What does not fit is dropped and
 * counted, never silently.
 */
export class RecordBuffer {
  readonly #log: Pick<Log, 'append'>;
  readonly #logger: Logger;
  readonly #recordsMax: number;
  readonly #timer: NodeJS.Timeout;
  #records: Buffer[] = [];
  #flushes = 0;
  #flushing: Promise<void> | undefined;
  #dropped = 0;
  #failing = false;

  constructor({ log, logger, recordsMax = RECORDS_MAX }: RecordBufferOptions) {
    this.#log = log;
    this.#logger = logger;
    this.#recordsMax = recordsMax;
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS);
    this.#timer.unref();
  }

  /** `json`: a record of the topic `bids`, ASCII alone, see `asciiJson`. */
  add(json: string): void {
    if (this.#records.length >= this.#recordsMax) {
      this.#dropped += 1;
      return;
    }
    // As bytes at once: a text made of many pieces would be copied about by the collector until it is flushed.
    this.#records.push(Buffer.from(json, 'latin1'));
  }

  get depth(): number {
    return this.#records.length;
  }

  /** Records that were lost because the buffer was full. */
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
    while (this.#records.length > 0) {
      // Their order matters to nobody, so a batch lies in one partition as a whole and is hashed once.
      const key = String(this.#flushes++);
      const records = this.#records.slice(0, BATCH_MAX).map((value) => ({ key, value }));
      try {
        await this.#log.append('bids', records);
      } catch (error) {
        if (!this.#failing)
          this.#logger.error({ err: error }, 'records of bids cannot be appended, trying again');
        this.#failing = true;
        return;
      }
      this.#failing = false;
      this.#records.splice(0, records.length);
    }
  }
}
