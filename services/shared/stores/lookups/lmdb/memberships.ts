import type { MembershipLookups, MembershipRecord } from '../lookups';
import { packMemberships, unpackMemberships } from '../packing';
import type { Bytes, Writes } from './environment';

const WRITE_CHUNK = 2_000;

export class LmdbMemberships implements MembershipLookups {
  constructor(
    private readonly db: Bytes<number>,
    private readonly writes: Writes,
  ) {}

  get(uid: number): MembershipRecord | undefined {
    // lmdb reuses the buffer with the next read; unpacking copies everything out of it.
    const bytes = this.db.getBinaryFast(uid);
    return bytes === undefined ? undefined : unpackMemberships(uid, bytes, bytes.length);
  }

  getMany(uids: readonly number[]): (MembershipRecord | undefined)[] {
    return uids.map((uid) => this.get(uid));
  }

  async put(records: readonly MembershipRecord[]): Promise<void> {
    for (let from = 0; from < records.length; from += WRITE_CHUNK) {
      const packed = records
        .slice(from, from + WRITE_CHUNK)
        .map((record) => ({ uid: record.uid, bytes: packMemberships(record) }));
      await this.writes.run(
        () => {
          for (const { uid, bytes } of packed) void this.db.put(uid, bytes);
        },
        // The builder commits its place in the log next: what the disk forgot would be missing until it changes again.
        { durable: from + WRITE_CHUNK >= records.length },
      );
    }
  }

  async remove(uids: readonly number[]): Promise<void> {
    for (let from = 0; from < uids.length; from += WRITE_CHUNK) {
      const chunk = uids.slice(from, from + WRITE_CHUNK);
      await this.writes.run(
        () => {
          for (const uid of chunk) void this.db.remove(uid);
        },
        // The builder commits its place in the log next: what the disk forgot would be missing until it changes again.
        { durable: from + WRITE_CHUNK >= uids.length },
      );
    }
  }
}
