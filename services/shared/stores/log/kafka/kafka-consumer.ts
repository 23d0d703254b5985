import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { BatchContext, ConsumeOptions, LogBatch, LogConsumer } from '../log';
import type { GroupMemberOptions } from './group-member';
import { GroupMember } from './group-member';
import { InHand } from './in-hand';
import type { Lane } from './lane';

const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;
/** A batch may ask for heartbeats in a loop; the group is asked no more often than this. */
const CONFIRM_EVERY_MS = 100;
/** Records of an earlier topic that lie at the brokers keep later topics waiting for this long at most. */
const CATCH_UP_MS = 1_000;

interface Retry {
  failures: number;
  /** Of `performance.now()`. */
  notBefore: number;
}

/**
 * One consumer: a single loop hands out batches and commits, the membership fetches and joins beside it. Lanes
 * come and go with the membership; the loop is the only one to move them.
 */
export class KafkaConsumer implements LogConsumer {
  /** In the order they were last served, so that partitions take turns. */
  private lanes: Lane[] = [];
  private readonly retries = new Map<Lane, Retry>();
  private readonly member: GroupMember;
  private inHand: InHand | undefined;
  private closing = false;
  private wakeUp: (() => void) | undefined;
  private running: Promise<void> = Promise.resolve();
  private closed: Promise<void> | undefined;

  constructor(
    private readonly options: ConsumeOptions,
    membership: Pick<
      GroupMemberOptions,
      'kafka' | 'admin' | 'groupId' | 'topics' | 'partitionsOf' | 'sessionMs'
    >,
    private readonly logger: Logger | undefined,
  ) {
    this.member = new GroupMember({
      ...membership,
      limits: options,
      logger,
      onAssigned: (lanes) => {
        this.lanes = lanes;
        this.wake();
      },
      onRevoke: () => this.revoke(),
      onLost: (lane) => this.lose(lane),
      onFetched: () => this.wake(),
    });
  }

  async start(): Promise<void> {
    await this.member.join();
    this.running = this.run();
  }

  close(): Promise<void> {
    this.closed ??= this.shutDown();
    return this.closed;
  }

  private async shutDown(): Promise<void> {
    this.closing = true;
    this.inHand?.abort(new Error('log: the consumer is closing'));
    this.wake();
    await this.running;
    await this.member.leave();
  }

  /**
   * Only the batch in hand is finished. Also one that was lost: who still has it in hand serves no partition, and one
   * that it got by joining anew would stand still until then.
   */
  private async revoke(): Promise<void> {
    this.lanes = [];
    this.retries.clear();
    await this.inHand?.settled;
  }

  private lose(lane: Lane): void {
    this.lanes = this.lanes.filter((of) => of !== lane);
    this.retries.delete(lane);
    if (this.inHand?.lane === lane) this.inHand.lose();
  }

  private async run(): Promise<void> {
    while (!this.closing) {
      const found = this.findDue(performance.now());
      if (found.lane) {
        await this.serve(found.lane);
      } else {
        await this.sleepUntil(found.nextAt);
        // What one fetch brought of several partitions is all there when the next is chosen.
        await nextTurn();
      }
    }
  }

  /** The first topic that has a batch due; within it the partition that waited longest for its turn. */
  private findDue(now: number): { lane?: Lane; nextAt: number } {
    let nextAt = Infinity;
    for (const topic of this.options.topics) {
      let isCatchingUp = false;
      for (const lane of this.lanes) {
        if (lane.topic !== topic) continue;
        const retryAt = this.retries.get(lane)?.notBefore ?? 0;
        const due = retryAt > now ? retryAt : lane.due(this.options);
        if (due === 'none') {
          const giveUpAt = lane.movedAt + CATCH_UP_MS;
          if (!lane.isBehind() || giveUpAt <= now) continue;
          isCatchingUp = true;
          nextAt = Math.min(nextAt, giveUpAt);
        } else if (due <= now) {
          return { lane, nextAt: now };
        } else {
          nextAt = Math.min(nextAt, due);
        }
      }
      if (isCatchingUp) break;
    }
    return { nextAt };
  }

  private async serve(lane: Lane): Promise<void> {
    const batch = lane.next(this.options);
    if (!batch) return;
    this.lanes = [...this.lanes.filter((of) => of !== lane), lane];
    const inHand = new InHand(lane);
    this.inHand = inHand;
    const heartbeats = setInterval(() => void this.confirm(lane), this.member.heartbeatMs);
    try {
      const answer = await this.options.onBatch(batch, this.context(inHand));
      const to = answer ?? batch.to;
      if (to <= batch.from) throw new RangeError(`a batch from ${batch.from} on came back as done to ${to}`);
      if (!inHand.isLost && (await this.member.commit(lane, to))) {
        this.retries.delete(lane);
        this.member.moveTo(lane, to);
      }
    } catch (error) {
      if (this.lanes.includes(lane)) this.postpone(lane, batch, error);
      else this.logger?.warn({ err: error, lane: lane.name }, 'batch of a lost partition failed');
    } finally {
      clearInterval(heartbeats);
      this.inHand = undefined;
      inHand.settle();
    }
  }

  /** The position stays where it is, so the same records come again. */
  private postpone(lane: Lane, { topic, partition, from, to }: LogBatch, error: unknown): void {
    const failures = (this.retries.get(lane)?.failures ?? 0) + 1;
    const delayMs = Math.min(RETRY_MIN_MS * 2 ** (failures - 1), RETRY_MAX_MS);
    this.retries.set(lane, { failures, notBefore: performance.now() + delayMs });
    const { group } = this.options;
    this.logger?.warn(
      { err: error, group, topic, partition, from, to, failures, delayMs },
      'batch failed, comes again',
    );
  }

  private context(inHand: InHand): BatchContext {
    const { lane } = inHand;
    return {
      signal: inHand.signal,
      heartbeat: async () => {
        const isStale = performance.now() - lane.confirmedAt >= CONFIRM_EVERY_MS;
        if (isStale && !inHand.isLost) await this.member.confirm(lane);
        if (inHand.isLost) throw new Error(`log: partition ${lane.name} was lost`);
      },
    };
  }

  private async confirm(lane: Lane): Promise<void> {
    try {
      await this.member.confirm(lane);
    } catch (error) {
      this.logger?.error({ err: error, lane: lane.name }, 'the group has not answered for a whole session');
    }
  }

  private wake(): void {
    this.wakeUp?.();
  }

  private sleepUntil(time: number): Promise<void> {
    return new Promise((resolve) => {
      // Far enough: everything but time wakes it.
      const timer = setTimeout(resolve, Math.min(Math.max(1, time - performance.now()), 60_000));
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
