import type { IdentityText } from '../../../domain/records';
import type { IdentityEntry, IdentityLookups } from '../lookups';
import { packIdentity, unpackIdentity, writeUint48 } from '../packing';
import { inChunks } from './chunks';
import type { Client } from './connections';
import type { NamespaceOptions } from './namespace-options';

/** As in every engine. */
const MAX_IDENTITY_CHARS = 512;

/** Each identity is a field of one of the hashes `i:<bucket>`. */
export class RedisIdentities implements IdentityLookups {
  constructor(private readonly options: NamespaceOptions) {}

  resolve(identities: readonly IdentityText[]): Promise<(IdentityEntry | undefined)[]> {
    return this.options.connections.read((client) =>
      Promise.all(identities.map((identity) => this.readOne(client, identity))),
    );
  }

  async assign(identities: readonly IdentityText[], nextIid: () => number): Promise<IdentityEntry[]> {
    for (const identity of identities) {
      if (!isIdentity(identity)) {
        throw new RangeError(
          `an identity has 1 to ${MAX_IDENTITY_CHARS} characters, this has ${identity.length}`,
        );
      }
    }
    const { connections, replicas, sizes } = this.options;
    const distinct = [...new Set(identities)];
    const entries = new Map<IdentityText, IdentityEntry>();
    const absent: IdentityText[] = [];
    const found = await inChunks(distinct, (identity) => this.readOne(connections.writes, identity));
    found.forEach((entry, index) => {
      if (entry === undefined) absent.push(distinct[index]!);
      else entries.set(distinct[index]!, entry);
    });
    let added = 0;
    await inChunks(absent, async (identity) => {
      const { entry, isNew } = await this.putIfAbsent(identity, nextIid());
      entries.set(identity, entry);
      if (isNew) added++;
    });
    if (absent.length > 0) {
      // A number given to an identity is stored in the lake next: Redis must not forget it. Nor the winner's.
      await replicas.settle();
      await sizes.add('identities', added);
    }
    return identities.map((identity) => entries.get(identity)!);
  }

  async confirm(identities: readonly IdentityText[]): Promise<void> {
    const { connections, keys, replicas } = this.options;
    await inChunks(identities.filter(isIdentity), (identity) => {
      const { key, field } = keys.identity(identity);
      return connections.writes.confirmIdentity(key, field);
    });
    await replicas.settle();
  }

  async repoint(
    changes: readonly { identity: IdentityText; uid: number; optedOut: boolean }[],
  ): Promise<void> {
    const { connections, keys, replicas } = this.options;
    await inChunks(
      changes.filter(({ identity }) => isIdentity(identity)),
      async ({ identity, uid, optedOut }) => {
        const bytes = Buffer.allocUnsafe(6);
        writeUint48(bytes, 0, uid);
        const { key, field } = keys.identity(identity);
        await connections.writes.repointIdentity(key, field, bytes, optedOut ? 1 : 0);
      },
    );
    await replicas.settle();
  }

  async seed(entries: readonly { identity: IdentityText; entry: IdentityEntry }[]): Promise<void> {
    const { connections, keys, replicas, sizes } = this.options;
    const added = await inChunks(entries, async ({ identity, entry }) => {
      const { key, field } = keys.identity(identity);
      return connections.writes.hset(key, field, packIdentity(entry));
    });
    await replicas.settle();
    await sizes.add(
      'identities',
      added.reduce((sum, one) => sum + one, 0),
    );
  }

  private async readOne(client: Client, identity: IdentityText): Promise<IdentityEntry | undefined> {
    if (!isIdentity(identity)) return undefined;
    const { key, field } = this.options.keys.identity(identity);
    const bytes = await client.hgetBuffer(key, field);
    return bytes === null ? undefined : unpackIdentity(bytes);
  }

  /** Whoever came first decided. */
  private async putIfAbsent(
    identity: IdentityText,
    iid: number,
  ): Promise<{ entry: IdentityEntry; isNew: boolean }> {
    const { connections, keys } = this.options;
    const entry = { iid, uid: iid, confirmed: false, optedOut: false };
    const { key, field } = keys.identity(identity);
    if ((await connections.writes.hsetnx(key, field, packIdentity(entry))) === 1)
      return { entry, isNew: true };
    const winner = await this.readOne(connections.writes, identity);
    if (winner === undefined) throw new Error('an identity vanished from Redis while it was given a number');
    return { entry: winner, isNew: false };
  }
}

function isIdentity(identity: IdentityText): boolean {
  return identity.length > 0 && identity.length <= MAX_IDENTITY_CHARS;
}
