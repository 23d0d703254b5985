import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { RangeNotHeldError } from '../../log/errors';
import type { Log } from '../../log/log';
import { REBUILD_EPOCH, type Lookups } from '../lookups';
import type { ReplicaStore } from '../lmdb/open-replica-store';
import { decodeFeedRecord } from './feed-record';

const TOPIC = 'lookups';
const PARTITION = 0;
/** A group that never commits: `positions` then tells the range that is held. */
const GROUP = 'replica';
const RECORDS_AT_ONCE = 500;
const POLL_MS = 100;
/** How often it is written down that there is nothing new. */
const CAUGHT_UP_EVERY_MS = 250;
const EPOCH_EVERY_MS = 500;
const RETRY_MS = 1_000;
/** LOOKUPS get their epoch a moment after the topic; another one for longer than this is no moment. */
const SEEK_AFTER_MS = 10_000;

export interface FollowerOptions {
  log: Pick<Log, 'read' | 'positions'>;
  store: ReplicaStore;
  /** The epoch that LOOKUPS carry. */
  epoch: Lookups['epoch'];
  logger: Logger;
  now: () => number;
  /** Bounds how long one transaction keeps the bidder that follows from its bids. @default 500 */
  recordsAtOnce?: number;
  /** Told of what keeps the replica from being in step; undefined: nothing does. */
  onFault: (fault: string | undefined) => void;
}

/**
 * Applies the topic to the store, one transaction after another. It says that the store has caught up as of a time only when
 * it has applied all that was in the topic at that time, and LOOKUPS carry the epoch that it holds: a topic that
 * lacks what LOOKUPS have (it was lost, or was not written for a while) never looks like the newest state.
 */
export class Follower {
  lagRecords = 0;
  reseeds = 0;
  private position: number;
  private closing = false;
  private readonly abort = new AbortController();
  private running: Promise<void> | undefined;
  private caughtUpSavedAt = 0;
  private epoch: { value: string | undefined; at: number } | undefined;
  /** The epoch of LOOKUPS for which the topic was read anew in vain. */
  private soughtEpoch: string | undefined;
  private apartSince: number | undefined;
  private lastFault: string | undefined;

  constructor(private readonly options: FollowerOptions) {
    this.position = options.store.checkpoint().position;
  }

  start(): void {
    this.running = this.run();
  }

  async close(): Promise<void> {
    this.closing = true;
    this.abort.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.closing) {
      try {
        await this.round();
        await this.pause(POLL_MS);
      } catch (error) {
        const fault = error instanceof Error ? error.message : String(error);
        if (fault !== this.lastFault)
          this.options.logger.error({ err: error }, 'the replica of the lookups cannot follow, trying again');
        this.tell(fault);
        await this.pause(RETRY_MS);
      }
    }
  }

  /** Applies everything that was in the topic when it began. `start` does so over and over. */
  async round(): Promise<void> {
    const { log, now } = this.options;
    const askedAt = now();
    const [range] = await log.positions(GROUP, [TOPIC]);
    if (range === undefined) throw new Error('the log has no topic lookups');
    const { committed: earliest, end } = range;
    if (this.position > end) await this.reseed(earliest, 'the topic ends before what was applied');
    while (this.position < end && !this.closing) {
      this.lagRecords = end - this.position;
      await this.applyNext(earliest, end);
    }
    this.lagRecords = end - this.position;
    if (this.lagRecords === 0) await this.caughtUp(askedAt, earliest);
  }

  private async applyNext(earliest: number, end: number): Promise<void> {
    const { log, store, now, recordsAtOnce = RECORDS_AT_ONCE } = this.options;
    try {
      const to = Math.min(end, this.position + recordsAtOnce);
      const entries = await log.read(TOPIC, PARTITION, this.position, to, recordsAtOnce);
      // Decoded before the transaction: a fault must not leave half of them applied.
      await store.apply(entries.map(decodeFeedRecord), to, now());
      this.position = to;
    } catch (error) {
      if (!(error instanceof RangeNotHeldError) || this.position >= earliest) throw error;
      await this.reseed(earliest, error.message);
    }
  }

  private async caughtUp(asOfMs: number, earliest: number): Promise<void> {
    const { store } = this.options;
    const ours = store.checkpoint().epoch;
    const theirs = await this.epochOfLookups();
    const isInStep = ours !== undefined && (theirs === ours || theirs === REBUILD_EPOCH);
    if (isInStep) {
      this.apartSince = undefined;
      this.tell(undefined);
      if (Math.abs(asOfMs - this.caughtUpSavedAt) < CAUGHT_UP_EVERY_MS) return;
      await store.caughtUp(asOfMs);
      this.caughtUpSavedAt = asOfMs;
      return;
    }
    this.tell(
      theirs === undefined
        ? 'the lookups are not filled'
        : 'the topic does not have the lookups as they were filled; `muster rebuild` fills both anew',
    );
    if (theirs === undefined || theirs === REBUILD_EPOCH) {
      this.apartSince = undefined;
      return;
    }
    // Once: perhaps another topic has taken the place of the one that was followed, maybe in the middle of a filling.
    if (theirs === this.soughtEpoch) return;
    this.apartSince ??= asOfMs;
    if (Math.abs(asOfMs - this.apartSince) < SEEK_AFTER_MS) return;
    this.apartSince = undefined;
    this.soughtEpoch = theirs;
    await this.reseed(earliest, 'it holds another filling than the lookups');
  }

  private tell(fault: string | undefined): void {
    this.lastFault = fault;
    this.options.onFault(fault);
  }

  private async epochOfLookups(): Promise<string | undefined> {
    const at = this.options.now();
    if (this.epoch === undefined || Math.abs(at - this.epoch.at) >= EPOCH_EVERY_MS)
      this.epoch = { value: await this.options.epoch(), at };
    return this.epoch.value;
  }

  private async reseed(from: number, reason: string): Promise<void> {
    this.options.logger.warn({ position: this.position, from, reason }, 'the replica is filled anew');
    await this.options.store.reset(from);
    this.position = from;
    this.reseeds++;
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.abort.signal }).catch((error: unknown) => {
      if (!this.closing) throw error;
    });
  }
}
