import type { Logger } from 'pino';
import type { LogRecord, Topic } from '../shared/domain/records';
import type { AppendRecord, Log } from '../shared/stores/log/log';

/** Durable in the log; refused because too much waits; or not taken by the log. */
export type AppendOutcome = 'accepted' | 'overflow' | 'append_failed';

export interface LogAppenderOptions {
  log: Pick<Log, 'append'>;
  logger: Logger;
  /** Records of one topic that may wait; more are refused, and counted by the caller. @default 50000 */
  waitingMax?: number;
  /** Records of one append. @default 2000 */
  batchMax?: number;
  /** Told how long each append took. */
  onAppended?: (topic: Topic, seconds: number) => void;
}

/**
 * A group begins no sooner than this after the one before. Under load that makes groups larger, which costs a
 * record far less than the wait is worth; a record that comes alone waits for nothing.
 */
const GROUP_EVERY_MS = 2;

interface Queue {
  records: AppendRecord[];
  /** In the order of the records. */
  settles: ((outcome: AppendOutcome) => void)[];
  /** The loop that empties the queue, while it runs. */
  running: Promise<void> | undefined;
}

/**
 * The way into the log. Single records are committed in groups: what arrives while one append is under way
 * goes into the next, so that a thousand pixels a second cost some hundred appends. A record is acknowledged only when its group is durable.
 */
export class LogAppender {
  readonly #options: LogAppenderOptions;
  readonly #waitingMax: number;
  readonly #batchMax: number;
  readonly #queues = new Map<Topic, Queue>();
  #healthy = true;

  constructor(options: LogAppenderOptions) {
    this.#options = options;
    this.#waitingMax = options.waitingMax ?? 50_000;
    this.#batchMax = options.batchMax ?? 2_000;
  }

  /** Whether the last append succeeded. */
  get healthy(): boolean {
    return this.#healthy;
  }

  /** Records that wait, by topic. */
  depths(): ReadonlyMap<Topic, number> {
    return new Map([...this.#queues].map(([topic, queue]) => [topic, queue.records.length]));
  }

  /** Commits one record together with its neighbours, then calls `settle`. Without a promise: pixels are many. */
  one(topic: Topic, key: string, record: LogRecord, settle: (outcome: AppendOutcome) => void): void {
    let queue = this.#queues.get(topic);
    if (queue === undefined) {
      queue = { records: [], settles: [], running: undefined };
      this.#queues.set(topic, queue);
    }
    if (queue.records.length >= this.#waitingMax) return settle('overflow');
    queue.records.push(encodeRecord(key, record));
    queue.settles.push(settle);
    queue.running ??= this.#empty(topic, queue);
  }

  /** The same, for those who wait. Never rejects. */
  kept(topic: Topic, key: string, record: LogRecord): Promise<AppendOutcome> {
    return new Promise((settle) => this.one(topic, key, record, settle));
  }

  /** Commits many records at once, all or none. Never rejects. */
  async many(topic: Topic, records: AppendRecord[]): Promise<'accepted' | 'append_failed'> {
    const started = performance.now();
    try {
      await this.#options.log.append(topic, records);
      this.#healthy = true;
      return 'accepted';
    } catch (error) {
      this.#healthy = false;
      this.#options.logger.error({ err: error, topic, records: records.length }, 'the log took nothing');
      return 'append_failed';
    } finally {
      this.#options.onAppended?.(topic, (performance.now() - started) / 1000);
    }
  }

  /** Resolves when nothing waits any more. */
  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.running));
  }

  async #empty(topic: Topic, queue: Queue): Promise<void> {
    let begun = -Infinity;
    while (queue.records.length > 0) {
      // Requests that arrived in the same turn of the event loop join this group.
      await new Promise((resolve) => setImmediate(resolve));
      const early = GROUP_EVERY_MS - (performance.now() - begun);
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      begun = performance.now();
      const settles = queue.settles.splice(0, this.#batchMax);
      const outcome = await this.many(topic, queue.records.splice(0, this.#batchMax));
      for (const settle of settles) settle(outcome);
    }
    queue.running = undefined;
  }
}

export function encodeRecord(key: string, record: LogRecord): AppendRecord {
  return { key, value: Buffer.from(JSON.stringify(record)) };
}
