import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Topic } from '../../../domain/records';
import { errorCode } from './error-code';
import type { ProcessIdentity } from './process-identity';
import type { Versioned } from './versioned-file';
import { readVersioned, removeVersioned, writeVersioned } from './versioned-file';

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

const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;

/**
 * Members, owners and committed offsets: `<group>/members/<id>` and `<group>/progress/<topic>.<partition>`,
 * durable at every change. Every change is a compare-and-set of one file, so a member that lost a partition
 * cannot commit in it.
 */
export class GroupStore {
  constructor(private readonly dir: string) {
    mkdirSync(dir, { recursive: true });
  }

  /** Makes the group known to retention; its position is `from` unless it has one. */
  async register(group: string, topic: Topic, partition: number, from: number): Promise<void> {
    if (!NAME.test(group)) throw new Error(`group name "${group}" is not of the form [a-z0-9-], 1 to 64`);
    mkdirSync(join(this.dir, group, 'members'), { recursive: true });
    mkdirSync(join(this.dir, group, 'progress'), { recursive: true });
    const progress: Progress = { group, topic, partition, committed: from, owner: null };
    await writeVersioned(this.progressPath(group, topic, partition), 0, progress);
  }

  progress(group: string, topic: Topic, partition: number): Versioned<Progress> | undefined {
    return readVersioned<Progress>(this.progressPath(group, topic, partition));
  }

  /** False when the record changed since `seen`: somebody else took the partition. */
  setProgress(
    seen: Versioned<Progress>,
    change: Partial<Pick<Progress, 'committed' | 'owner'>>,
  ): Promise<boolean> {
    const { group, topic, partition } = seen.value;
    const value: Progress = { ...seen.value, ...change };
    return writeVersioned(this.progressPath(group, topic, partition), seen.version, value);
  }

  /** The lowest committed offset of all groups that ever consumed this partition; undefined without any. */
  lowestCommitted(topic: Topic, partition: number): number | undefined {
    let lowest: number | undefined;
    for (const group of readdirSync(this.dir)) {
      const committed = this.progress(group, topic, partition)?.value.committed;
      if (committed !== undefined) lowest = Math.min(lowest ?? committed, committed);
    }
    return lowest;
  }

  members(group: string): Versioned<Member>[] {
    return this.memberIds(group).flatMap((id) => this.member(group, id) ?? []);
  }

  member(group: string, id: string): Versioned<Member> | undefined {
    return readVersioned<Member>(this.memberPath(group, id));
  }

  async addMember(member: Member): Promise<void> {
    await writeVersioned(this.memberPath(member.group, member.id), 0, member);
  }

  /** False when others removed it meanwhile. */
  renewMember(seen: Versioned<Member>, expiresAt: number): Promise<boolean> {
    const { group, id } = seen.value;
    return writeVersioned(this.memberPath(group, id), seen.version, { ...seen.value, expiresAt });
  }

  /** False when it was renewed or removed meanwhile. */
  removeMember(seen: Versioned<Member>): Promise<boolean> {
    return removeVersioned(this.memberPath(seen.value.group, seen.value.id), seen.version);
  }

  private memberIds(group: string): string[] {
    try {
      return readdirSync(join(this.dir, group, 'members'));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  private progressPath(group: string, topic: Topic, partition: number): string {
    return join(this.dir, group, 'progress', `${topic}.${partition}`);
  }

  private memberPath(group: string, id: string): string {
    return join(this.dir, group, 'members', id);
  }
}
