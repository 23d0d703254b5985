import type { ChainableCommander } from 'ioredis';
import { Redis } from 'ioredis';
import type { PeopleLookups, PersonRecord } from '../lookups';
import { readUint48, writeUint48 } from '../packing';
import { packPerson, unpackPerson } from '../person-packing';
import { inChunks } from './chunks';
import type { NamespaceOptions } from './namespace-options';

interface PackedChange {
  records: { key: string; field: string; bytes: Buffer }[];
  removed: { key: string; field: string }[];
  /** Without bytes: the number is its own person. */
  uids: { key: string; field: string; bytes: Buffer | undefined }[];
}

/** Records are fields of the hashes `p:<uid / 64>`, the uids of members fields of `u:<iid / 64>`. */
export class RedisPeople implements PeopleLookups {
  constructor(private readonly options: NamespaceOptions) {}

  uidOf(iids: readonly number[]): Promise<number[]> {
    return inChunks(iids, async (iid) => {
      const { key, field } = this.options.keys.numbered('u', iid);
      const bytes = await this.options.connections.writes.hgetBuffer(key, field);
      return bytes === null ? iid : readUint48(bytes, 0);
    });
  }

  get(uids: readonly number[]): Promise<(PersonRecord | undefined)[]> {
    return inChunks(uids, async (uid) => {
      const { key, field } = this.options.keys.numbered('p', uid);
      const bytes = await this.options.connections.writes.hgetBuffer(key, field);
      return bytes === null ? undefined : unpackPerson(uid, bytes);
    });
  }

  async put(change: {
    records: readonly PersonRecord[];
    removed: readonly number[];
    uidOf: readonly { iid: number; uid: number }[];
  }): Promise<void> {
    const { connections, keys, replicas, sizes } = this.options;
    // Packed before anything is sent: a fault in a record must not leave half of the change written.
    const packed: PackedChange = {
      records: change.records.map((record) => ({
        ...keys.numbered('p', record.uid),
        bytes: packPerson(record),
      })),
      removed: change.removed.map((uid) => keys.numbered('p', uid)),
      uids: change.uidOf.map(({ iid, uid }) => ({
        ...keys.numbered('u', iid),
        bytes: iid === uid ? undefined : packNumber(uid),
      })),
    };
    const { writes } = connections;
    const added = writes instanceof Redis ? await putAtOnce(writes, packed) : await this.putInOrder(packed);
    await replicas.settle();
    await sizes.add('people', added);
  }

  /**
   * On a cluster the keys lie on several nodes. In this order no member ever points to a person that is not there:
   * whoever reads in between finds the old person or the new one.
   */
  private async putInOrder({ records, removed, uids }: PackedChange): Promise<number> {
    const { writes } = this.options.connections;
    const written = new Set(records.map(placeText));
    const added = await inChunks(records, ({ key, field, bytes }) => writes.hset(key, field, bytes));
    await inChunks(uids, ({ key, field, bytes }) =>
      bytes === undefined ? writes.hdel(key, field) : writes.hset(key, field, bytes),
    );
    // A record that is written and removed in one change stays, as where removals come first.
    const gone = await inChunks(
      removed.filter((place) => !written.has(placeText(place))),
      ({ key, field }) => writes.hdel(key, field),
    );
    return sum(added) - sum(gone);
  }
}

async function putAtOnce(redis: Redis, { records, removed, uids }: PackedChange): Promise<number> {
  if (records.length + removed.length + uids.length === 0) return 0;
  const transaction: ChainableCommander = redis.multi();
  for (const { key, field } of removed) transaction.hdel(key, field);
  for (const { key, field, bytes } of records) transaction.hset(key, field, bytes);
  for (const { key, field, bytes } of uids) {
    if (bytes === undefined) transaction.hdel(key, field);
    else transaction.hset(key, field, bytes);
  }
  const answers = ((await transaction.exec()) ?? []).map(([error, answer]) => {
    if (error !== null) throw error;
    return Number(answer);
  });
  const firstRecord = removed.length;
  return sum(answers.slice(firstRecord, firstRecord + records.length)) - sum(answers.slice(0, firstRecord));
}

function placeText({ key, field }: { key: string; field: string }): string {
  return `${key}/${field}`;
}

function packNumber(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(6);
  writeUint48(bytes, 0, value);
  return bytes;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
