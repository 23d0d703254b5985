import type { MembershipLookups, MembershipRecord } from '../lookups';
import { packMemberships, unpackMemberships } from '../packing';
import { inChunks } from './chunks';
import type { Client } from './connections';
import type { NamespaceOptions } from './namespace-options';

/**
 * Records are fields of the hashes `m:<uid / 64>`. Four memberships fit the 64 bytes that Redis keeps in a packed list
 * unless told otherwise; `hash-max-listpack-value 512` makes room for 41, and a hash then has at most 32 KiB.
 */
export class RedisMemberships implements MembershipLookups {
  constructor(private readonly options: NamespaceOptions) {}

  get(uid: number): Promise<MembershipRecord | undefined> {
    return this.options.connections.read((client) => this.readOne(client, uid));
  }

  getMany(uids: readonly number[]): Promise<(MembershipRecord | undefined)[]> {
    return inChunks(uids, (uid) => this.readOne(this.options.connections.writes, uid));
  }

  async put(records: readonly MembershipRecord[]): Promise<void> {
    const { connections, keys, replicas, sizes } = this.options;
    const added = await inChunks(records, async (record) => {
      const { key, field } = keys.numbered('m', record.uid);
      return connections.writes.hset(key, field, packMemberships(record));
    });
    // The builder commits its place in the log next: what is forgotten would be missing until it changes again.
    await replicas.settle();
    await sizes.add(
      'memberships',
      added.reduce((sum, one) => sum + one, 0),
    );
  }

  async remove(uids: readonly number[]): Promise<void> {
    const { connections, keys, replicas, sizes } = this.options;
    const removed = await inChunks(uids, async (uid) => {
      const { key, field } = keys.numbered('m', uid);
      return connections.writes.hdel(key, field);
    });
    await replicas.settle();
    await sizes.add('memberships', -removed.reduce((sum, one) => sum + one, 0));
  }

  private async readOne(client: Client, uid: number): Promise<MembershipRecord | undefined> {
    const { key, field } = this.options.keys.numbered('m', uid);
    const bytes = await client.hgetBuffer(key, field);
    return bytes === null ? undefined : unpackMemberships(uid, bytes, bytes.length);
  }
}
