import type { IdentityText } from '../../../domain/records';
import type { AppendRecord, Log } from '../../log/log';
import type {
  IdentityEntry,
  IdentityLookups,
  Lookups,
  MembershipLookups,
  MembershipRecord,
} from '../lookups';
import { REBUILD_EPOCH } from '../lookups';
import type { LookupsFeed, PublishedLookups } from '../replication';
import {
  epochRecord,
  membershipsRecord,
  numberRecord,
  personRecord,
  removedRecord,
  uidOfKey,
} from './feed-record';

const TOPIC = 'lookups';
/** Records that are read back, identities that are looked up, at once. */
const PIECE = 1_000;

export interface PublishOptions {
  lookups: Lookups;
  log: Pick<Log, 'append' | 'read' | 'positions'>;
  /**
   * Numbers that grow from call to call over all processes and restarts, one for each write: of two writers that take
   * themselves for the only one, the later wins.
   */
  versions: { people: () => Promise<number>; memberships: () => Promise<number> };
}

/**
 * LOOKUPS that write what bidders ask to the topic `lookups` first, and to `lookups` second. What fails or dies in between
 * is in the topic alone: its writer does it again (ingest and people writer handle their batch anew) or sets the topic
 * back (the builder, by `membershipsSince`). Identities are published once they are confirmed.
 */
export function publishLookups({ lookups, log, versions }: PublishOptions): PublishedLookups {
  const append = async (records: AppendRecord[]): Promise<void> => {
    if (records.length > 0) await log.append(TOPIC, records);
  };
  return {
    lookups: {
      ...lookups,
      identities: new PublishedIdentities(lookups.identities, append, versions.people),
      memberships: new PublishedMemberships(lookups.memberships, append, versions.memberships),
      setEpoch: async (epoch) => {
        if (epoch !== REBUILD_EPOCH) await append([epochRecord('end', epoch)]);
        await lookups.setEpoch(epoch);
      },
    },
    feed: {
      begin: (epoch) => append([epochRecord('begin', epoch)]),
      end: () => endOf(log),
      membershipsSince: (offset) => membershipsSince(log, offset),
    },
  };
}

type Append = (records: AppendRecord[]) => Promise<void>;

class PublishedIdentities implements IdentityLookups {
  constructor(
    private readonly inner: IdentityLookups,
    private readonly append: Append,
    private readonly nextVersion: () => Promise<number>,
  ) {}

  resolve(identities: readonly IdentityText[]) {
    return this.inner.resolve(identities);
  }

  assign(identities: readonly IdentityText[], nextIid: () => number): Promise<IdentityEntry[]> {
    return this.inner.assign(identities, nextIid);
  }

  async confirm(identities: readonly IdentityText[]): Promise<void> {
    const entries = await this.entriesOf(identities);
    await this.append([...entries].map(([identity, { iid }]) => numberRecord(identity, iid)));
    await this.inner.confirm(identities);
  }

  async repoint(
    changes: readonly { identity: IdentityText; uid: number; optedOut: boolean }[],
  ): Promise<void> {
    const entries = await this.entriesOf(changes.map(({ identity }) => identity));
    const version = await this.nextVersion();
    await this.append(
      changes.flatMap(({ identity, uid, optedOut }) => {
        const entry = entries.get(identity);
        return entry === undefined ? [] : [personRecord(identity, { ...entry, uid, optedOut }, version)];
      }),
    );
    await this.inner.repoint(changes);
  }

  async seed(entries: readonly { identity: IdentityText; entry: IdentityEntry }[]): Promise<void> {
    const version = await this.nextVersion();
    await this.append(
      entries.map(({ identity, entry }) =>
        entry.uid === entry.iid && !entry.optedOut
          ? numberRecord(identity, entry.iid)
          : personRecord(identity, entry, version),
      ),
    );
    await this.inner.seed(entries);
  }

  private async entriesOf(identities: readonly IdentityText[]): Promise<Map<IdentityText, IdentityEntry>> {
    const entries = new Map<IdentityText, IdentityEntry>();
    for (let from = 0; from < identities.length; from += PIECE) {
      const piece = identities.slice(from, from + PIECE);
      (await this.inner.resolve(piece)).forEach((entry, index) => {
        if (entry !== undefined) entries.set(piece[index]!, entry);
      });
    }
    return entries;
  }
}

class PublishedMemberships implements MembershipLookups {
  constructor(
    private readonly inner: MembershipLookups,
    private readonly append: Append,
    private readonly nextVersion: () => Promise<number>,
  ) {}

  get(uid: number) {
    return this.inner.get(uid);
  }

  getMany(uids: readonly number[]) {
    return this.inner.getMany(uids);
  }

  async put(records: readonly MembershipRecord[]): Promise<void> {
    if (records.length === 0) return;
    const version = await this.nextVersion();
    await this.append(records.map((record) => membershipsRecord(record, version)));
    await this.inner.put(records);
  }

  async remove(uids: readonly number[]): Promise<void> {
    if (uids.length === 0) return;
    const version = await this.nextVersion();
    await this.append(uids.map((uid) => removedRecord(uid, version)));
    await this.inner.remove(uids);
  }
}

async function endOf(log: Pick<Log, 'positions'>): Promise<number> {
  const [position] = await log.positions('replica', [TOPIC]);
  if (position === undefined) throw new Error('the log has no topic lookups');
  return position.end;
}

async function* membershipsSince(
  log: Pick<Log, 'read' | 'positions'>,
  offset: number,
): ReturnType<LookupsFeed['membershipsSince']> {
  const end = await endOf(log);
  for (let from = offset; from < end; from += PIECE) {
    const entries = await log.read(TOPIC, 0, from, end, PIECE);
    const uids = new Set(
      entries.flatMap(({ key }) => {
        const uid = uidOfKey(key);
        return uid === undefined ? [] : [uid];
      }),
    );
    if (uids.size > 0) yield [...uids];
  }
}
