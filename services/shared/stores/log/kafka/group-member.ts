import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Topic } from '../../../domain/records';
import { createGroupConsumer } from './group-consumer';
import { groupOffsets } from './group-offsets';
import type { BatchLimits } from './lane';
import { Lane, laneName } from './lane';

/** So long what a killed process held waits for another. */
const SESSION_MS = 10_000;
/** Heartbeats in a session. */
const HEARTBEATS = 10;
const LEAVE_WITHIN_MS = 10_000;
const REOPEN_AFTER_MS = 5_000;
const COMMIT_TRIES = 5;
const COMMIT_PAUSE_MS = 200;

/** The group goes on without this member, or with it in another generation. */
const FENCED = ['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID'];

export interface GroupMemberOptions {
  kafka: Kafka;
  admin: Admin;
  groupId: string;
  topics: { topic: Topic; kafkaTopic: string }[];
  /** Of any topic: who leads the group shares out those of other members too. */
  partitionsOf: (kafkaTopic: string) => number;
  limits: BatchLimits;
  /** @default 10_000 */
  sessionMs?: number;
  logger?: Logger;
  /** All lanes are to be given up. Called before the group is joined anew, which waits for it. */
  onRevoke: () => Promise<void>;
  onAssigned: (lanes: Lane[]) => void;
  /** The group took this lane away. */
  onLost: (lane: Lane) => void;
  onFetched: () => void;
}

/**
 * One member of a consumer group: fetches ahead into lanes, and commits for them. kafkajs heartbeats from its
 * fetching loop, which never waits for a batch to be handled. It also joins anew from there, at once when a
 * rebalance begins, and commits thereafter as the new generation whatever it is told to. Hence a gate of our own
 * before each joining, and lanes that do not outlive it.
 */
export class GroupMember {
  readonly heartbeatMs: number;
  private readonly sessionMs: number;
  private consumer: Consumer | undefined;
  private lanes = new Map<string, Lane>();
  /** Counts joinings and losses, so that what was begun before one is not finished behind it. */
  private generation = 0;
  private assigning: Promise<void> = Promise.resolve();
  private isLeaving = false;
  private reopening: NodeJS.Timeout | undefined;

  constructor(private readonly options: GroupMemberOptions) {
    this.sessionMs = options.sessionMs ?? SESSION_MS;
    this.heartbeatMs = this.sessionMs / HEARTBEATS;
  }

  /** Resolves when the group was joined, or its joining goes on by itself. */
  async join(): Promise<void> {
    const { kafka, groupId, topics, partitionsOf } = this.options;
    const consumer: Consumer = createGroupConsumer({
      kafka,
      groupId,
      sessionMs: this.sessionMs,
      heartbeatMs: this.heartbeatMs,
      partitionsOf,
      mayRestart: () => !this.isLeaving,
      beforeJoin: async () => {
        if (consumer === this.consumer) await this.revoke();
      },
    });
    const { GROUP_JOIN, STOP, CRASH } = consumer.events;
    consumer.on(GROUP_JOIN, ({ payload }) => {
      if (consumer === this.consumer) this.assigning = this.assign(consumer, payload.memberAssignment);
    });
    consumer.on(STOP, () => consumer === this.consumer && this.loseAll());
    consumer.on(CRASH, ({ payload }) => {
      if (!payload.restart && consumer === this.consumer) this.reopenLater();
    });
    this.consumer = consumer;
    await consumer.connect();
    await consumer.subscribe({ topics: topics.map(({ kafkaTopic }) => kafkaTopic), fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: topics.reduce(
        (sum, { kafkaTopic }) => sum + partitionsOf(kafkaTopic),
        0,
      ),
      eachBatch: async (payload) => this.take(consumer, payload),
    });
  }

  /** Moves the group on. False when the partition was lost: then nothing was committed. */
  async commit(lane: Lane, to: number): Promise<boolean> {
    lane.isCommitting = true;
    try {
      // One that arrived later would move the group back.
      await lane.confirming;
      return await this.commitHeld(lane, to);
    } finally {
      lane.isCommitting = false;
    }
  }

  private async commitHeld(lane: Lane, to: number): Promise<boolean> {
    for (let tries = 1; this.holds(lane); tries++) {
      try {
        await this.write(lane, to);
        return true;
      } catch (error) {
        if (this.lostBy(error, lane)) return false;
        if (tries === COMMIT_TRIES) throw error;
      }
      await sleep(COMMIT_PAUSE_MS * tries);
    }
    return false;
  }

  /**
   * Asks the group whether it still knows this member as the holder, by committing what is committed; that counts as
   * a heartbeat. A lane that is not held any more is reported lost. Rejects when nobody answered for too long.
   */
  async confirm(lane: Lane): Promise<void> {
    // It asks the same.
    if (lane.isCommitting) return;
    lane.confirming ??= this.ask(lane).finally(() => (lane.confirming = undefined));
    const failure = await lane.confirming;
    if (failure !== undefined && performance.now() - lane.confirmedAt > this.sessionMs) throw failure;
  }

  /** Records before `to` are done with. */
  moveTo(lane: Lane, to: number): void {
    if (!this.consumer || !this.holds(lane)) return;
    const { kafkaTopic: topic, partition } = lane;
    if (lane.moveTo(to)) this.consumer.seek({ topic, partition, offset: String(to) });
    if (!lane.isPaused || lane.holds(1, this.options.limits)) return;
    lane.isPaused = false;
    this.consumer.resume([{ topic, partitions: [partition] }]);
  }

  /** Nothing may be in hand any more. */
  async leave(): Promise<void> {
    this.isLeaving = true;
    this.generation++;
    clearTimeout(this.reopening);
    await this.disconnect();
  }

  private async disconnect(): Promise<void> {
    const { consumer } = this;
    const { logger, groupId } = this.options;
    if (!consumer) return;
    const leaving = Promise.all([consumer.disconnect(), this.assigning]).catch((error: unknown) =>
      logger?.warn({ err: error, group: groupId }, 'the group was not left in order'),
    );
    // Brokers that are away must not keep a process from ending; they miss the member soon enough.
    const timeout = new AbortController();
    const late = sleep(LEAVE_WITHIN_MS, undefined, { signal: timeout.signal }).catch(() => undefined);
    await Promise.race([leaving, late]);
    timeout.abort();
  }

  /** Records were fetched. What is not kept is not resolved, and so fetched again. */
  private take(consumer: Consumer, payload: EachBatchPayload): void {
    const { batch } = payload;
    const lane = this.lanes.get(laneName(batch.topic, batch.partition));
    if (!lane || consumer !== this.consumer || payload.isStale()) return;
    lane.commitOffsets = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    lane.add(batch.messages, Number(batch.highWatermark));
    payload.resolveOffset(batch.lastOffset());
    if (lane.holds(2, this.options.limits)) {
      lane.isPaused = true;
      consumer.pause([{ topic: batch.topic, partitions: [batch.partition] }]);
    }
    this.options.onFetched();
  }

  private async revoke(): Promise<void> {
    this.generation++;
    await this.options.onRevoke();
    this.lanes.clear();
  }

  private loseAll(): void {
    this.generation++;
    for (const lane of this.lanes.values()) this.options.onLost(lane);
    this.lanes.clear();
  }

  /** Positions are asked for here, since kafkajs could go on with a fetch of before the joining. */
  private async assign(consumer: Consumer, assignment: Record<string, number[]>): Promise<void> {
    const generation = ++this.generation;
    const { admin, groupId, topics, logger, onAssigned } = this.options;
    const assigned = Object.entries(assignment).map(([topic, partitions]) => ({ topic, partitions }));
    while (generation === this.generation && assigned.length > 0) {
      try {
        consumer.pause(assigned);
        const offsets = await groupOffsets(
          admin,
          groupId,
          assigned.map(({ topic }) => topic),
          () => generation === this.generation,
        );
        if (generation !== this.generation) return;
        for (const { topic: kafkaTopic, partition, position, end } of offsets) {
          const topic = topics.find((of) => of.kafkaTopic === kafkaTopic)?.topic;
          if (!topic || !assignment[kafkaTopic]?.includes(partition)) continue;
          consumer.seek({ topic: kafkaTopic, partition, offset: String(position) });
          const lane = new Lane(topic, kafkaTopic, partition, position, end);
          this.lanes.set(lane.name, lane);
        }
        consumer.resume(assigned);
        onAssigned([...this.lanes.values()]);
        return;
      } catch (error) {
        if (generation !== this.generation) return;
        logger?.error({ err: error, group: groupId }, 'the positions of the group could not be read');
        await sleep(REOPEN_AFTER_MS);
      }
    }
  }

  private async ask(lane: Lane): Promise<Error | undefined> {
    try {
      if (this.holds(lane)) await this.write(lane, lane.position);
      return undefined;
    } catch (error) {
      if (this.lostBy(error, lane)) return undefined;
      this.options.logger?.warn({ err: error, lane: lane.name }, 'the group could not be asked');
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  private async write({ kafkaTopic: topic, partition, commitOffsets }: Lane, offset: number): Promise<void> {
    if (!commitOffsets) throw new Error(`log: nothing was fetched of ${topic}/${partition}`);
    await commitOffsets({ topics: [{ topic, partitions: [{ partition, offset: String(offset) }] }] });
    const lane = this.lanes.get(laneName(topic, partition));
    if (lane) lane.confirmedAt = performance.now();
  }

  private holds(lane: Lane): boolean {
    return this.lanes.get(lane.name) === lane;
  }

  private lostBy(error: unknown, lane: Lane): boolean {
    if (!FENCED.includes((error as { type?: string }).type ?? '')) return false;
    this.lanes.delete(lane.name);
    this.options.onLost(lane);
    return true;
  }

  /** kafkajs starts anew by itself, but not after errors that it holds for lasting. */
  private reopenLater(): void {
    if (this.isLeaving) return;
    this.reopening = setTimeout(() => void this.reopen(), REOPEN_AFTER_MS);
  }

  private async reopen(): Promise<void> {
    try {
      await this.disconnect();
      if (!this.isLeaving) await this.join();
    } catch (error) {
      this.options.logger?.error(
        { err: error, group: this.options.groupId },
        'the group could not be joined',
      );
      this.reopenLater();
    }
  }
}
