import type { Logger } from 'pino';
import type { LogRecord, Topic } from '../shared/domain/records';
import type { AppendRecord, Log } from '../shared/stores/log/log';

export type AppendOutcome = 'durable' | 'overflow' | 'failed';

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
  waiting: { record: AppendRecord; settle: (outcome: AppendOutcome) => void }[];
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
    return new Map([...this.#queues].map(([topic, queue]) => [topic, queue.waiting.length]));
  }

  /** Commits one record together with its neighbours. Never rejects. */
  one(topic: Topic, key: string, record: LogRecord): Promise<AppendOutcome> {
    let queue = this.#queues.get(topic);
    if (queue === undefined) this.#queues.set(topic, (queue = { waiting: [], running: undefined }));
    if (queue.waiting.length >= this.#waitingMax) return Promise.resolve('overflow');
    const encoded = encodeRecord(key, record);
    const { waiting } = queue;
    const outcome = new Promise<AppendOutcome>((settle) => waiting.push({ record: encoded, settle }));
    queue.running ??= this.#empty(topic, queue);
    return outcome;
  }

  /** Commits many records at once, all or none. Never rejects. */
  async many(topic: Topic, records: AppendRecord[]): Promise<'durable' | 'failed'> {
    const started = performance.now();
    try {
      await this.#options.log.append(topic, records);
      this.#healthy = true;
      return 'durable';
    } catch (error) {
      this.#healthy = false;
      this.#options.logger.error({ err: error, topic, records: records.length }, 'the log took nothing');
      return 'failed';
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
    while (queue.waiting.length > 0) {
      // Requests that arrived in the same turn of the event loop join this group.
      await new Promise((resolve) => setImmediate(resolve));
      const early = GROUP_EVERY_MS - (performance.now() - begun);
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      begun = performance.now();
      const group = queue.waiting.splice(0, this.#batchMax);
      const outcome = await this.many(
        topic,
        group.map(({ record }) => record),
      );
      for (const { settle } of group) settle(outcome);
    }
    queue.running = undefined;
  }
}

export function encodeRecord(key: string, record: LogRecord): AppendRecord {
  return { key, value: Buffer.from(JSON.stringify(record)) };
}
