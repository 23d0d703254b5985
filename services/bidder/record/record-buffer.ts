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
  #keys: string[] = [];
  #values: Buffer[] = [];
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

  /** `json`: a record of the topic `bids`. */
  add(key: string, json: string): void {
    if (this.#keys.length >= this.#recordsMax) {
      this.#dropped += 1;
      return;
    }
    this.#keys.push(key);
    // As bytes at once: a text made of many pieces would be copied about by the collector until it is flushed.
    this.#values.push(Buffer.from(json));
  }

  get depth(): number {
    return this.#keys.length;
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
    while (this.#keys.length > 0) {
      const keys = this.#keys.slice(0, BATCH_MAX);
      const values = this.#values.slice(0, BATCH_MAX);
      const records = keys.map((key, i) => ({ key, value: values[i]! }));
      try {
        await this.#log.append('bids', records);
      } catch (error) {
        if (!this.#failing)
          this.#logger.error({ err: error }, 'records of bids cannot be appended, trying again');
        this.#failing = true;
        return;
      }
      this.#failing = false;
      this.#keys.splice(0, keys.length);
      this.#values.splice(0, keys.length);
    }
  }
}
