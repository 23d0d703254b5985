/**
 * What a replica holds on its host, and how far it is: one environment, read by every bidder of the host, written by the
 * one that follows.
 *
 * Two slots: one is read, the other is filled while LOOKUPS are filled anew, and then takes its place in the transaction
 * that applies the end of the filling. The place in the topic is written with the data it led to: what was applied is
 * never applied again, and nothing is left out, wherever the process dies.
 */
import type { FeedRecord } from '../replica/feed-record';
import type { IdentityEntry, MembershipRecord } from '../lookups';
import { readUint48, unpackIdentity, unpackMemberships, writeUint48 } from '../packing';
import { DEFAULT_MAP_SIZE_BYTES, openEnvironment, sizeOf, type Bytes, type Environment } from './environment';

/** As in every engine; LMDB would refuse a longer key. */
const MAX_IDENTITY_CHARS = 512;
/** Behind the value proper stands the version of the record it came with. */
const VERSION_BYTES = 6;
const STATE_KEY = 'state';
const CHECKPOINT_KEY = 'checkpoint';

interface Slot {
  identities: Bytes<string>;
  memberships: Bytes<number>;
}

type SlotNumber = 1 | 2;

/** How far the topic was followed. Read now and then; what every read needs is in the state. */
export interface ReplicaCheckpoint {
  /** Offset of the next record. */
  position: number;
  /** Epoch whose filling is complete in the slot that is read. */
  epoch?: string;
  filling?: { slot: SlotNumber; epoch: string };
  /** Epoch ms of the last record that was applied. */
  appliedAt: number;
}

/** What every read needs: 1 byte, the slot (0: none), and 6, epoch ms of `caughtUpAt`. */
export interface ReplicaState {
  slot: 0 | SlotNumber;
  /** All that was in the topic at this time, epoch ms, was applied; 0: never since it was begun. */
  caughtUpAt: number;
}

export interface ReplicaStore {
  state(): ReplicaState;
  checkpoint(): ReplicaCheckpoint;
  /**
   * From the slot that is read, as of now or of a state that was asked for in the same turn of the event loop.
   * @throws Error when there is none.
   */
  resolve(identities: readonly string[], state?: ReplicaState): (IdentityEntry | undefined)[];
  memberships(uid: number, state?: ReplicaState): MembershipRecord | undefined;
  /** Applies records in their order and moves on to `position`, all or nothing. */
  apply(records: readonly FeedRecord[], position: number, nowMs: number): Promise<void>;
  caughtUp(atMs: number): Promise<void>;
  /** Forgets everything: the topic is followed anew from `position`. */
  reset(position: number): Promise<void>;
  size(): { identities: number; memberships: number; bytes: number };
  close(): Promise<void>;
}

export function openReplicaStore({
  dir,
  mapSize = DEFAULT_MAP_SIZE_BYTES,
}: {
  dir: string;
  mapSize?: number;
}): Promise<ReplicaStore> {
  return openEnvironment({ dir, mapSize }, (environment) => new LmdbReplicaStore(environment));
}

class LmdbReplicaStore implements ReplicaStore {
  private readonly slots: readonly [Slot, Slot];
  private readonly meta: Bytes<string>;

  constructor(private readonly environment: Environment) {
    const { texts, numbers } = environment;
    const slot = (number: SlotNumber): Slot => ({
      identities: texts(`identities_${number}`),
      memberships: numbers(`memberships_${number}`),
    });
    this.slots = [slot(1), slot(2)];
    this.meta = texts('meta');
  }

  state(): ReplicaState {
    const bytes = this.meta.getBinaryFast(STATE_KEY);
    if (bytes === undefined) return { slot: 0, caughtUpAt: 0 };
    return { slot: bytes[0] as ReplicaState['slot'], caughtUpAt: readUint48(bytes, 1) };
  }

  checkpoint(): ReplicaCheckpoint {
    const bytes = this.meta.getBinary(CHECKPOINT_KEY);
    return bytes === undefined
      ? { position: 0, appliedAt: 0 }
      : (JSON.parse(bytes.toString()) as ReplicaCheckpoint);
  }

  resolve(identities: readonly string[], state = this.state()): (IdentityEntry | undefined)[] {
    const tree = this.read(state).identities;
    return identities.map((identity) => {
      if (identity.length === 0 || identity.length > MAX_IDENTITY_CHARS) return undefined;
      const bytes = tree.getBinaryFast(identity);
      return bytes === undefined ? undefined : unpackIdentity(bytes);
    });
  }

  memberships(uid: number, state = this.state()): MembershipRecord | undefined {
    const bytes = this.read(state).memberships.getBinaryFast(uid);
    // Without anything before its version it says that they were removed.
    if (bytes === undefined || bytes.length === VERSION_BYTES) return undefined;
    return unpackMemberships(uid, bytes, bytes.length - VERSION_BYTES);
  }

  apply(records: readonly FeedRecord[], position: number, nowMs: number): Promise<void> {
    return this.transaction((state, checkpoint) => {
      for (const record of records) {
        if (record.kind === 'begin') this.begin(record.epoch, state, checkpoint);
        else if (record.kind === 'end') this.end(record.epoch, state, checkpoint);
        else {
          if (state.slot !== 0) applyTo(this.slot(state.slot), record);
          if (checkpoint.filling) applyTo(this.slot(checkpoint.filling.slot), record);
        }
      }
      checkpoint.position = position;
      if (records.length > 0) checkpoint.appliedAt = nowMs;
    });
  }

  caughtUp(atMs: number): Promise<void> {
    return this.transaction((state) => void (state.caughtUpAt = atMs));
  }

  reset(position: number): Promise<void> {
    return this.transaction((state, checkpoint) => {
      for (const slot of this.slots) clear(slot);
      state.slot = 0;
      state.caughtUpAt = 0;
      delete checkpoint.epoch;
      delete checkpoint.filling;
      checkpoint.position = position;
    });
  }

  size(): { identities: number; memberships: number; bytes: number } {
    const { slot } = this.state();
    const read = slot === 0 ? undefined : this.slot(slot);
    const [first, second] = this.slots;
    return {
      identities: read === undefined ? 0 : sizeOf(read.identities).count,
      memberships: read === undefined ? 0 : sizeOf(read.memberships).count,
      bytes: sizeOf(first.identities, first.memberships, second.identities, second.memberships).bytes,
    };
  }

  close(): Promise<void> {
    return this.environment.close();
  }

  private begin(epoch: string, { slot }: ReplicaState, checkpoint: ReplicaCheckpoint): void {
    const filling = slot === 1 ? 2 : 1;
    clear(this.slot(filling));
    checkpoint.filling = { slot: filling, epoch };
  }

  private end(epoch: string, state: ReplicaState, checkpoint: ReplicaCheckpoint): void {
    // Its beginning was replaced by that of a later filling: that one's end is to come.
    if (checkpoint.filling?.epoch !== epoch) return;
    if (state.slot !== 0) clear(this.slot(state.slot));
    state.slot = checkpoint.filling.slot;
    checkpoint.epoch = epoch;
    delete checkpoint.filling;
  }

  private read({ slot }: ReplicaState): Slot {
    if (slot === 0) throw new Error('the replica of the lookups is not filled yet');
    return this.slot(slot);
  }

  private slot(number: SlotNumber): Slot {
    return this.slots[number - 1]!;
  }

  /** Survives kill -9 once it resolves; after a power cut the store may be a little behind, as a whole. */
  private transaction(change: (state: ReplicaState, checkpoint: ReplicaCheckpoint) => void): Promise<void> {
    return this.environment.writes.run(
      () => {
        const state = this.state();
        const checkpoint = this.checkpoint();
        change(state, checkpoint);
        const bytes = Buffer.allocUnsafe(7);
        bytes[0] = state.slot;
        writeUint48(bytes, 1, state.caughtUpAt);
        void this.meta.put(STATE_KEY, bytes);
        void this.meta.put(CHECKPOINT_KEY, Buffer.from(JSON.stringify(checkpoint)));
      },
      { durable: false },
    );
  }
}

function clear({ identities, memberships }: Slot): void {
  void identities.clearAsync();
  void memberships.clearAsync();
}

function applyTo(slot: Slot, record: Exclude<FeedRecord, { epoch: string }>): void {
  if (record.kind === 'memberships') {
    const held = slot.memberships.getBinaryFast(record.uid);
    if (held === undefined || versionOf(held) < record.version)
      void slot.memberships.put(record.uid, withVersion(record));
    return;
  }
  const held = slot.identities.getBinaryFast(record.identity);
  if (held === undefined || (record.kind === 'person' && versionOf(held) < record.version))
    void slot.identities.put(record.identity, withVersion(record));
}

function versionOf(bytes: Buffer): number {
  return readUint48(bytes, bytes.length - VERSION_BYTES);
}

function withVersion({ packed, version }: { packed: Buffer; version: number }): Buffer {
  const bytes = Buffer.allocUnsafe(packed.length + VERSION_BYTES);
  packed.copy(bytes);
  writeUint48(bytes, packed.length, version);
  return bytes;
}
