import type { IdentityText } from '../../../domain/records';
import type { IdentityEntry, IdentityLookups } from '../lookups';
import { packIdentity, unpackIdentity } from '../packing';
import type { Bytes, Writes } from './environment';

/** Identities are at most 512 characters; in UTF-8 they stay below LMDB's largest key (1978 bytes). */
const MAX_IDENTITY_CHARS = 512;
/** Bounds how long one transaction holds the writer lock and this process's event loop. */
const WRITE_CHUNK = 1_000;

export class LmdbIdentities implements IdentityLookups {
  constructor(
    private readonly db: Bytes<string>,
    private readonly writes: Writes,
  ) {}

  resolve(identities: readonly IdentityText[]): (IdentityEntry | undefined)[] {
    const entries = new Array<IdentityEntry | undefined>(identities.length);
    for (let i = 0; i < identities.length; i++) entries[i] = this.read(identities[i]!);
    return entries;
  }

  async assign(identities: readonly IdentityText[], nextIid: () => number): Promise<IdentityEntry[]> {
    for (const identity of identities) {
      if (identity.length === 0 || identity.length > MAX_IDENTITY_CHARS) {
        throw new RangeError(
          `an identity has 1 to ${MAX_IDENTITY_CHARS} characters, this has ${identity.length}`,
        );
      }
    }
    // Most identities of a batch are known: only the others need the writer lock.
    const entries = this.resolve(identities);
    const absent = entries.flatMap((entry, index) => (entry === undefined ? [index] : []));
    await this.inChunks(absent, (index) => {
      const identity = identities[index]!;
      // Read again under the lock: whoever came first decided.
      let entry = this.read(identity);
      if (entry === undefined) {
        const iid = nextIid();
        entry = { iid, uid: iid, confirmed: false, optedOut: false };
        this.write(identity, entry);
      }
      entries[index] = entry;
    });
    return entries as IdentityEntry[];
  }

  async confirm(identities: readonly IdentityText[]): Promise<void> {
    await this.inChunks(identities, (identity) => {
      const entry = this.read(identity);
      if (entry !== undefined && !entry.confirmed) this.write(identity, { ...entry, confirmed: true });
    });
  }

  async repoint(
    changes: readonly { identity: IdentityText; uid: number; optedOut: boolean }[],
  ): Promise<void> {
    await this.inChunks(changes, ({ identity, uid, optedOut }) => {
      const entry = this.read(identity);
      if (entry !== undefined) this.write(identity, { ...entry, uid, optedOut });
    });
  }

  async seed(entries: readonly { identity: IdentityText; entry: IdentityEntry }[]): Promise<void> {
    await this.inChunks(entries, ({ identity, entry }) => this.write(identity, entry));
  }

  private async inChunks<T>(items: readonly T[], each: (item: T) => void): Promise<void> {
    for (let from = 0; from < items.length; from += WRITE_CHUNK) {
      const chunk = items.slice(from, from + WRITE_CHUNK);
      // A number given to an identity is stored in the lake next: the disk must not forget it.
      await this.writes.run(() => chunk.forEach(each), { durable: from + WRITE_CHUNK >= items.length });
    }
  }

  private read(identity: IdentityText): IdentityEntry | undefined {
    if (identity.length === 0 || identity.length > MAX_IDENTITY_CHARS) return undefined;
    const bytes = this.db.getBinaryFast(identity);
    return bytes === undefined ? undefined : unpackIdentity(bytes);
  }

  private write(identity: IdentityText, entry: IdentityEntry): void {
    void this.db.put(identity, packIdentity(entry));
  }
}
