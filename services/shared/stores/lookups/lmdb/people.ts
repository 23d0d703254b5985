import type { PeopleLookups, PersonRecord } from '../lookups';
import { readUint48, writeUint48 } from '../packing';
import { packPerson, unpackPerson } from '../person-packing';
import type { Bytes, Writes } from './environment';

export class LmdbPeople implements PeopleLookups {
  constructor(
    private readonly persons: Bytes<number>,
    private readonly uids: Bytes<number>,
    private readonly writes: Writes,
  ) {}

  uidOf(iids: readonly number[]): number[] {
    return iids.map((iid) => {
      const bytes = this.uids.getBinaryFast(iid);
      return bytes === undefined ? iid : readUint48(bytes, 0);
    });
  }

  get(uids: readonly number[]): (PersonRecord | undefined)[] {
    return uids.map((uid) => {
      const bytes = this.persons.getBinary(uid);
      return bytes === undefined ? undefined : unpackPerson(uid, bytes);
    });
  }

  async put(change: {
    records: readonly PersonRecord[];
    removed: readonly number[];
    uidOf: readonly { iid: number; uid: number }[];
  }): Promise<void> {
    // Packed before the transaction: a fault in a record must not leave half of the change written.
    const records = change.records.map((record) => ({ uid: record.uid, bytes: packPerson(record) }));
    const uids = change.uidOf.map(({ iid, uid }) => ({
      iid,
      bytes: iid === uid ? undefined : packNumber(uid),
    }));
    await this.writes.run(
      () => {
        for (const uid of change.removed) void this.persons.remove(uid);
        for (const { uid, bytes } of records) void this.persons.put(uid, bytes);
        for (const { iid, bytes } of uids)
          void (bytes === undefined ? this.uids.remove(iid) : this.uids.put(iid, bytes));
      },
      { durable: true },
    );
  }
}

function packNumber(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(6);
  writeUint48(bytes, 0, value);
  return bytes;
}
