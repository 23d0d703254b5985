import type { Logger } from 'pino';
import type { Topic } from '../../../domain/records';
import type { BatchContext, ConsumeOptions, LogBatch, LogConsumer } from '../log';
import type { Cursor } from './cursor';
import type { Membership } from './membership';

const POLL_MIN_MS = 2;
const POLL_MAX_MS = 20;
const BALANCE_EVERY_MS = 500;
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;

interface Retry {
  failures: number;
  /** Of `performance.now()`. */
  notBefore: number;
}

interface InHand {
  cursor: Cursor;
  abort: AbortController;
}

/**
 * One consumer: a single loop hands out batches and commits, a timer keeps the group in balance. The loop is
 * the only one to move cursors; the timer only adds and removes them.
 */
export class FileConsumer implements LogConsumer {
  private readonly cursors = new Map<string, Cursor>();
  private readonly retries = new Map<string, Retry>();
  /** Cursors in the order they were last served within a topic, so that partitions take turns. */
  private readonly turns: Cursor[] = [];
  private inHand: InHand | undefined;
  private closing = false;
  private wakeUp: (() => void) | undefined;
  private running: Promise<void> = Promise.resolve();
  private balancing: Promise<void> = Promise.resolve();
  private balanceTimer: NodeJS.Timeout | undefined;
  private closed: Promise<void> | undefined;

  constructor(
    private readonly options: ConsumeOptions,
    private readonly membership: Membership,
    private readonly logger: Logger | undefined,
  ) {}

  async start(): Promise<void> {
    await this.membership.join();
    this.scheduleBalance();
    this.running = this.run();
  }

  addCursor(cursor: Cursor): void {
    this.cursors.set(name(cursor.topic, cursor.partition), cursor);
    this.turns.push(cursor);
    this.wake();
  }

  dropCursor(topic: Topic, partition: number): void {
    const key = name(topic, partition);
    const cursor = this.cursors.get(key);
    if (!cursor) return;
    this.cursors.delete(key);
    this.retries.delete(key);
    this.turns.splice(this.turns.indexOf(cursor), 1);
    if (this.inHand?.cursor === cursor) this.inHand.abort.abort(new Error(`log: partition ${key} was lost`));
  }

  hasInHand(topic: Topic, partition: number): boolean {
    return this.inHand?.cursor.topic === topic && this.inHand.cursor.partition === partition;
  }

  /** Something was appended by this process: look at once. */
  wake(): void {
    this.wakeUp?.();
  }

  close(): Promise<void> {
    this.closed ??= this.shutDown();
    return this.closed;
  }

  private async shutDown(): Promise<void> {
    this.closing = true;
    clearTimeout(this.balanceTimer);
    this.inHand?.abort.abort(new Error('log: the consumer is closing'));
    this.wake();
    await this.running;
    await this.balancing;
    await this.membership.leave();
  }

  private async run(): Promise<void> {
    let pollMs = POLL_MIN_MS;
    while (!this.closing) {
      try {
        const found = this.findDue(performance.now());
        if (found.cursor) {
          await this.serve(found.cursor);
          pollMs = POLL_MIN_MS;
        } else {
          await this.sleep(Math.max(1, Math.min(pollMs, found.nextAt - performance.now())));
          pollMs = Math.min(pollMs * 2, POLL_MAX_MS);
        }
      } catch (error) {
        this.logger?.error({ err: error, group: this.options.group }, 'the log could not be read');
        await this.sleep(RETRY_MAX_MS);
      }
    }
  }

  /** The first topic that has a batch due; within it the partition that waited longest for its turn. */
  private findDue(now: number): { cursor?: Cursor; nextAt: number } {
    let nextAt = Infinity;
    for (const topic of this.options.topics) {
      for (const cursor of this.turns) {
        if (cursor.topic !== topic) continue;
        const retryAt = this.retries.get(name(topic, cursor.partition))?.notBefore ?? 0;
        const due = retryAt > now ? retryAt : cursor.due(this.options, now);
        if (due === 'none') continue;
        if (due <= now) return { cursor, nextAt: now };
        nextAt = Math.min(nextAt, due);
      }
    }
    return { nextAt };
  }

  private async serve(cursor: Cursor): Promise<void> {
    const batch = cursor.next(this.options);
    if (!batch) return;
    this.turns.push(...this.turns.splice(this.turns.indexOf(cursor), 1));
    this.inHand = { cursor, abort: new AbortController() };
    try {
      const answer = await this.options.onBatch(batch, this.context(cursor, this.inHand.abort.signal));
      const to = answer ?? batch.to;
      if (to <= batch.from) throw new RangeError(`a batch from ${batch.from} on came back as done to ${to}`);
      if (this.isCurrent(cursor) && (await this.membership.commit(batch.topic, batch.partition, to))) {
        this.retries.delete(name(batch.topic, batch.partition));
        cursor.moveTo(to);
      }
    } catch (error) {
      if (this.isCurrent(cursor)) this.postpone(batch, error);
    } finally {
      this.inHand = undefined;
    }
  }

  /** False once the partition was lost, even if it was taken again since: then another cursor stands for it. */
  private isCurrent(cursor: Cursor): boolean {
    return this.cursors.get(name(cursor.topic, cursor.partition)) === cursor;
  }

  /** The position stays where it is, so the same records come again. */
  private postpone({ topic, partition, from, to }: LogBatch, error: unknown): void {
    const key = name(topic, partition);
    const failures = (this.retries.get(key)?.failures ?? 0) + 1;
    const delayMs = Math.min(RETRY_MIN_MS * 2 ** (failures - 1), RETRY_MAX_MS);
    this.retries.set(key, { failures, notBefore: performance.now() + delayMs });
    const { group } = this.options;
    this.logger?.warn(
      { err: error, group, topic, partition, from, to, failures, delayMs },
      'batch failed, comes again',
    );
  }

  private context(cursor: Cursor, signal: AbortSignal): BatchContext {
    const { topic, partition } = cursor;
    return {
      signal,
      heartbeat: async () => {
        const held = this.isCurrent(cursor) && (await this.membership.confirm(topic, partition));
        if (!held) throw new Error(`log: partition ${topic}/${partition} was lost`);
      },
    };
  }

  private scheduleBalance(): void {
    this.balanceTimer = setTimeout(() => {
      this.balancing = this.balance().finally(() => {
        if (!this.closing) this.scheduleBalance();
      });
    }, BALANCE_EVERY_MS);
  }

  private async balance(): Promise<void> {
    try {
      await this.membership.balance();
    } catch (error) {
      this.logger?.error({ err: error, group: this.options.group }, 'group membership could not be renewed');
    }
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function name(topic: Topic, partition: number): string {
  return `${topic}/${partition}`;
}
