import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';
import type { Logger } from 'pino';
import type { Log } from '../../log/log';
import type { IdentityText } from '../../../domain/records';
import type { IdentityEntry, Lookups, MembershipRecord } from '../lookups';
import { openReplicaStore, type ReplicaState, type ReplicaStore } from '../lmdb/open-replica-store';
import type { LookupsReplica, ReplicaStatus } from '../replication';
import { Follower } from './follower';

const LOCK_FILE = 'follower.lock';
const LOCK_POLL_MS = 500;

export interface ReplicaOptions {
  /** Shared by the bidders of the host. */
  dir: string;
  log: Pick<Log, 'read' | 'positions'>;
  /** The epoch that LOOKUPS carry. */
  epoch: Lookups['epoch'];
  /** How far it may be behind before it says nothing any more. */
  maxLagMs: number;
  logger: Logger;
  /** Epoch ms. @default Date.now */
  now?: () => number;
}

/**
 * Opens the replica in `dir`. Of the processes that have it open one follows the topic, the one that holds the lock; when it
 * goes, another does. All read.
 */
export async function openReplica(options: ReplicaOptions): Promise<LookupsReplica> {
  const store = await openReplicaStore({ dir: options.dir });
  return new Replica(store, options);
}

class Replica implements LookupsReplica {
  readonly identities = { resolve: (identities: readonly IdentityText[]) => this.resolve(identities) };
  readonly memberships = { get: (uid: number) => this.membershipsOf(uid) };
  private readonly now: () => number;
  private readonly openedAt: number;
  private readonly lock: number;
  private readonly lockTimer: NodeJS.Timeout;
  private follower: Follower | undefined;
  private fault: string | undefined;

  constructor(
    private readonly store: ReplicaStore,
    private readonly options: ReplicaOptions,
  ) {
    this.now = options.now ?? Date.now;
    this.openedAt = this.now();
    this.lock = openSync(join(options.dir, LOCK_FILE), 'a+', 0o600);
    this.lockTimer = setInterval(() => this.followIfNobodyDoes(), LOCK_POLL_MS);
    this.followIfNobodyDoes();
  }

  missing(): string[] {
    const { caughtUpAt } = this.store.state();
    const why = this.fault === undefined ? '' : `: ${this.fault}`;
    if (caughtUpAt === 0) {
      const records = this.follower === undefined ? '' : `, ${this.follower.lagRecords} records to go`;
      return [`lookups replica: not filled yet${records}${why}`];
    }
    const lagMs = this.lagMs();
    if (lagMs <= this.options.maxLagMs) return [];
    return [
      `lookups replica: ${seconds(lagMs)} s behind, ${seconds(this.options.maxLagMs)} s are allowed${why}`,
    ];
  }

  status(): ReplicaStatus {
    const { identities, memberships, bytes } = this.store.size();
    return {
      lagSeconds: this.lagMs() / 1_000,
      lagRecords: this.follower?.lagRecords,
      appliedAtSeconds: this.store.checkpoint().appliedAt / 1_000,
      reseeds: this.follower?.reseeds ?? 0,
      entries: { identities, memberships },
      bytes,
    };
  }

  async close(): Promise<void> {
    clearInterval(this.lockTimer);
    await this.follower?.close();
    closeSync(this.lock);
    await this.store.close();
  }

  private resolve(identities: readonly IdentityText[]): (IdentityEntry | undefined)[] {
    return this.store.resolve(identities, this.recentState());
  }

  private membershipsOf(uid: number): MembershipRecord | undefined {
    return this.store.memberships(uid, this.recentState());
  }

  /** Behind the bound an opt-out may be missing, and who is unknown may be known since. */
  private recentState(): ReplicaState {
    const state = this.store.state();
    if (state.caughtUpAt === 0) throw new Error('the replica of the lookups is not filled yet');
    const lagMs = Math.abs(this.now() - state.caughtUpAt);
    if (lagMs > this.options.maxLagMs)
      throw new Error(`the replica of the lookups is ${seconds(lagMs)} s behind`);
    return state;
  }

  /**
   * Before it has caught up for the first time: since when this process has waited for that. A clock that was set back
   * makes a time in the future, which says as little as one in the past.
   */
  private lagMs(): number {
    const { caughtUpAt } = this.store.state();
    return Math.abs(this.now() - (caughtUpAt === 0 ? this.openedAt : caughtUpAt));
  }

  private followIfNobodyDoes(): void {
    if (this.follower !== undefined || !tryLock(this.lock)) return;
    clearInterval(this.lockTimer);
    const { log, epoch, logger } = this.options;
    const { store, now } = this;
    const onFault = (fault: string | undefined): void => void (this.fault = fault);
    this.follower = new Follower({ log, store, epoch, logger, now, onFault });
    logger.info({ position: store.checkpoint().position }, 'following the topic of the lookups');
    this.follower.start();
  }
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000);
}
