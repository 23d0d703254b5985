import type { Database } from 'lmdb';
import type { Topic } from '../../../domain/records';
import type { ProcessIdentity } from './process-identity';
import { openVersionedEnvironment, putIfAbsent } from './environment';

/** A consumer that takes part in a group. */
export interface Member extends ProcessIdentity {
  id: string;
  group: string;
  topics: Topic[];
  joinedAt: number;
  /** Epoch ms after which others may take its partitions. */
  expiresAt: number;
}

/** How far a group got in a partition, and who may move it on. One record, so that both change together. */
export interface Progress {
  group: string;
  topic: Topic;
  partition: number;
  committed: number;
  /** Member id; null when nobody holds the partition. */
  owner: string | null;
}

export interface Versioned<T> {
  value: T;
  version: number;
}

const MAP_BYTES = 256 << 20;
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;

/**
 * Members, owners and committed offsets in a small environment of their own, durable at every change. Every
 * change is a compare-and-set of one record, so a member that lost a partition cannot commit in it.
 */
export class GroupStore {
  private readonly db: Database<Member | Progress, string>;

  constructor(path: string) {
    this.db = openVersionedEnvironment<Member | Progress>(path, MAP_BYTES);
  }

  /** Makes the group known to retention; its position is `from` unless it has one. */
  async register(group: string, topic: Topic, partition: number, from: number): Promise<void> {
    if (!NAME.test(group)) throw new Error(`group name "${group}" is not of the form [a-z0-9-], 1 to 64`);
    const progress: Progress = { group, topic, partition, committed: from, owner: null };
    await putIfAbsent(this.db, progressKey(group, topic, partition), progress, 1);
  }

  progress(group: string, topic: Topic, partition: number): Versioned<Progress> | undefined {
    return this.read<Progress>(progressKey(group, topic, partition));
  }

  /** False when the record changed since `seen`: somebody else took the partition. */
  async setProgress(
    seen: Versioned<Progress>,
    change: Partial<Pick<Progress, 'committed' | 'owner'>>,
  ): Promise<boolean> {
    const { group, topic, partition } = seen.value;
    const value: Progress = { ...seen.value, ...change };
    return this.db.put(progressKey(group, topic, partition), value, seen.version + 1, seen.version);
  }

  /** The lowest committed offset of all groups that ever consumed this partition; undefined without any. */
  lowestCommitted(topic: Topic, partition: number): number | undefined {
    let lowest: number | undefined;
    this.db.resetReadTxn();
    for (const { value } of this.db.getRange({ start: 'progress/', end: 'progress0' })) {
      if (!('committed' in value) || value.topic !== topic || value.partition !== partition) continue;
      lowest = Math.min(lowest ?? value.committed, value.committed);
    }
    return lowest;
  }

  members(group: string): Versioned<Member>[] {
    const members: Versioned<Member>[] = [];
    this.db.resetReadTxn();
    const range = { start: `member/${group}/`, end: `member/${group}0`, versions: true };
    for (const { value, version } of this.db.getRange(range)) {
      if ('joinedAt' in value && version !== undefined) members.push({ value, version });
    }
    return members;
  }

  member(group: string, id: string): Versioned<Member> | undefined {
    return this.read<Member>(memberKey(group, id));
  }

  async addMember(member: Member): Promise<void> {
    await this.db.put(memberKey(member.group, member.id), member, 1);
  }

  /** False when others removed it meanwhile. */
  async renewMember(seen: Versioned<Member>, expiresAt: number): Promise<boolean> {
    const { group, id } = seen.value;
    return this.db.put(memberKey(group, id), { ...seen.value, expiresAt }, seen.version + 1, seen.version);
  }

  /** False when it was renewed or removed meanwhile. */
  async removeMember(seen: Versioned<Member>): Promise<boolean> {
    return this.db.remove(memberKey(seen.value.group, seen.value.id), seen.version);
  }

  /** Killed processes leave reader slots behind, which keep old pages from being used again. */
  freeDeadReaders(): void {
    this.db.readerCheck();
  }

  async close(): Promise<void> {
    await this.db.close();
  }

  private read<T extends Member | Progress>(key: string): Versioned<T> | undefined {
    this.db.resetReadTxn();
    const entry = this.db.getEntry(key);
    return entry && { value: entry.value as T, version: entry.version ?? 0 };
  }
}

function progressKey(group: string, topic: Topic, partition: number): string {
  return `progress/${group}/${topic}/${partition}`;
}

function memberKey(group: string, id: string): string {
  return `member/${group}/${id}`;
}
