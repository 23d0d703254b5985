import { randomUUID } from 'node:crypto';
import type { Topic } from '../../../domain/records';
import { shallHold } from './assignment';
import type { GroupStore, Member, Progress } from './group-store';
import { isAlive, thisProcess } from './process-identity';
import type { Versioned } from './versioned-file';

/**
 * A member that is not heard of for this long loses its partitions although its process lives (stopped, or its
 * event loop blocked). Those of a process that died are free at once.
 */
const EXPIRY_MS = 15_000;
const RENEW_BELOW_MS = 10_000;

export interface Held {
  topic: Topic;
  partition: number;
  /** As last written by this member. */
  progress: Versioned<Progress>;
}

export interface MembershipOptions {
  store: GroupStore;
  group: string;
  topics: Topic[];
  partitions: (topic: Topic) => number;
  /** A partition in hand is kept although it is another member's share, until the batch is done. */
  inHand: (topic: Topic, partition: number) => boolean;
  onTaken: (held: Held) => void;
  onLost: (topic: Topic, partition: number) => void;
}

/** The part one consumer takes in its group: which partitions it holds, and committing in them. */
export class Membership {
  private id: string;
  private readonly held = new Map<string, Held>();
  private rejoining: Promise<void> | undefined;

  constructor(private readonly options: MembershipOptions) {
    this.id = randomUUID();
  }

  async join(): Promise<void> {
    await this.enter();
    await this.balance();
  }

  /** A member anew, with nothing in its hands yet. */
  private async enter(): Promise<void> {
    const { store, group, topics } = this.options;
    const now = Date.now();
    this.id = randomUUID();
    await store.addMember({
      ...thisProcess(),
      id: this.id,
      group,
      topics,
      joinedAt: now,
      expiresAt: now + EXPIRY_MS,
    });
  }

  holds(topic: Topic, partition: number): boolean {
    return this.held.has(name(topic, partition));
  }

  /** Renews the membership, removes dead members, takes and gives partitions. Call it every second or so. */
  async balance(): Promise<void> {
    if (!(await this.renew())) return;
    const members = await this.livingMembers();
    for (const topic of this.options.topics) {
      for (let partition = 0; partition < this.options.partitions(topic); partition++) {
        await this.settle(members, topic, partition);
      }
    }
  }

  /** Moves the group on. False when the partition was lost: then nothing was committed. */
  async commit(topic: Topic, partition: number, to: number): Promise<boolean> {
    const held = this.held.get(name(topic, partition));
    if (!held) return false;
    const { progress } = held;
    if (!(await this.options.store.setProgress(progress, { committed: to }))) {
      this.lose(held);
      return false;
    }
    held.progress = { value: { ...progress.value, committed: to }, version: progress.version + 1 };
    return true;
  }

  /** Whether the partition is still held, after renewing the membership where that is due. */
  async confirm(topic: Topic, partition: number): Promise<boolean> {
    const held = this.held.get(name(topic, partition));
    if (!held || !(await this.renew())) return false;
    const now = this.options.store.progress(this.options.group, topic, partition);
    if (now?.value.owner === this.id) return true;
    this.lose(held);
    return false;
  }

  async leave(): Promise<void> {
    for (const held of this.held.values()) await this.release(held);
    const me = this.options.store.member(this.options.group, this.id);
    if (me) await this.options.store.removeMember(me);
  }

  /** False when others took this member for dead; it has entered anew then, and takes its share with the next balance. */
  private async renew(): Promise<boolean> {
    const { store, group } = this.options;
    for (let me = store.member(group, this.id); me; me = store.member(group, this.id)) {
      const now = Date.now();
      if (me.value.expiresAt - now > RENEW_BELOW_MS) return true;
      // It fails when a heartbeat and the timer renew at once, or when others removed the member: look again.
      if (await store.renewMember(me, now + EXPIRY_MS)) return true;
    }
    for (const held of [...this.held.values()]) this.lose(held);
    this.rejoining ??= this.enter().finally(() => (this.rejoining = undefined));
    await this.rejoining;
    return false;
  }

  private async livingMembers(): Promise<Member[]> {
    const { store, group } = this.options;
    const living: Member[] = [];
    for (const member of store.members(group)) {
      const mine = member.value.id === this.id;
      if (mine || (member.value.expiresAt > Date.now() && isAlive(member.value))) living.push(member.value);
      else if (!(await store.removeMember(member))) living.push(member.value);
    }
    return living;
  }

  private async settle(members: Member[], topic: Topic, partition: number): Promise<void> {
    const { store, group, inHand } = this.options;
    const held = this.held.get(name(topic, partition));
    const progress = store.progress(group, topic, partition);
    if (!progress) throw new Error(`log: group ${group} is not registered for ${topic}/${partition}`);
    if (held && progress.value.owner !== this.id) this.lose(held);
    const mine = shallHold(members, topic, partition) === this.id;
    const owner = progress.value.owner;
    if (mine && owner !== this.id) {
      const free = owner === null || !members.some((member) => member.id === owner);
      if (!free || !(await store.setProgress(progress, { owner: this.id }))) return;
      const taken: Held = {
        topic,
        partition,
        progress: { value: { ...progress.value, owner: this.id }, version: progress.version + 1 },
      };
      this.held.set(name(topic, partition), taken);
      this.options.onTaken(taken);
    } else if (!mine && held && !inHand(topic, partition)) {
      await this.release(held);
    }
  }

  private async release(held: Held): Promise<void> {
    this.lose(held);
    await this.options.store.setProgress(held.progress, { owner: null });
  }

  private lose(held: Held): void {
    this.held.delete(name(held.topic, held.partition));
    this.options.onLost(held.topic, held.partition);
  }
}

function name(topic: Topic, partition: number): string {
  return `${topic}/${partition}`;
}
