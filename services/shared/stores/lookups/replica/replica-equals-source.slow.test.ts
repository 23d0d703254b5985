import fc from 'fast-check';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { openFileLog } from '../../log/files/open-file-log';
import type { Log } from '../../log/log';
import { loadTopics } from '../../log/topics';
import { openLmdbLookups } from '../lmdb/open-lmdb-lookups';
import { openReplicaStore, type ReplicaStore } from '../lmdb/open-replica-store';
import { REBUILD_EPOCH, type IdentityEntry, type Lookups, type MembershipRecord } from '../lookups';
import { newPublishedEpoch, type PublishedLookups } from '../replication';
import { Follower } from './follower';
import { publishLookups } from './publish-lookups';

const IDENTITIES = ['maid:a', 'maid:b', 'cookie:c', 'email:d'];
const UIDS = [1, 2, 3, 4];

type Step =
  | { do: 'see'; identity: string; dies: boolean }
  | { do: 'choose'; identity: string; uid: number; optedOut: boolean; dies: boolean }
  | { do: 'join'; uid: number; audiences: number[]; dies: boolean }
  | { do: 'recover' }
  | { do: 'save' }
  | { do: 'fill'; cause: 'lost' | 'rebuild' | 'log lost'; diesAfter: number | undefined }
  | { do: 'follow'; dies: { at: number; committed: boolean } | undefined };

const dies = fc.boolean();
const identity = fc.constantFrom(...IDENTITIES);
const uid = fc.constantFrom(...UIDS);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('see' as const), identity, dies }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('choose' as const), identity, uid, optedOut: fc.boolean(), dies }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      uid,
      audiences: fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }),
      dies,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('recover' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('save' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fill' as const),
      cause: fc.constantFrom('lost' as const, 'rebuild' as const, 'log lost' as const),
      diesAfter: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('follow' as const),
      dies: fc.option(fc.record({ at: fc.nat(3), committed: fc.boolean() }), { nil: undefined }),
    }),
  },
);

class Died extends Error {}

/** Writers, LOOKUPS, topic and replica as they are wired in the platform, each of which may die at any step. */
class World {
  private log!: Log;
  private source!: Lookups;
  private published!: PublishedLookups;
  private store!: ReplicaStore;
  private follower!: Follower;
  private version = 0;
  private clock = 1_000_000;
  private folders = 0;
  private iids = 10;
  /** The writer dies between topic and LOOKUPS. */
  private writerDies = false;
  /** What the log of its own makes a writer that died do again. */
  private again: (() => Promise<void>)[] = [];
  private builderIsApart = false;
  private savedOffset = 0;
  private followerDies: { at: number; committed: boolean } | undefined;
  /** What LAKE knows, which outlives all else. */
  private readonly lake = {
    identities: new Map<string, IdentityEntry>(),
    memberships: new Map<number, MembershipRecord>(),
  };

  private constructor(
    private readonly dir: string,
    private readonly recordsAtOnce: number,
  ) {}

  static async open(dir: string, recordsAtOnce: number): Promise<World> {
    const world = new World(dir, recordsAtOnce);
    await world.openLog();
    await world.openSource();
    world.store = await openReplicaStore({ dir: join(dir, 'replica') });
    world.startFollower();
    await world.fill('lost', undefined);
    return world;
  }

  async close(): Promise<void> {
    await Promise.all([this.log.close(), this.source.close(), this.store.close()]);
  }

  async run(step: Step): Promise<void> {
    if (step.do === 'recover') await this.recover();
    else if (step.do === 'save') await this.save();
    else if (step.do === 'fill') await this.fill(step.cause, step.diesAfter);
    else if (step.do === 'follow') await this.follow(step.dies);
    else {
      await this.recover();
      if (step.do === 'see') await this.see(step.identity, step.dies);
      else if (step.do === 'choose') await this.choose(step);
      else await this.join(step);
    }
  }

  /** All that was written is in the replica in the end, without anybody's help. */
  async settle(): Promise<void> {
    await this.recover();
    // It looks for a while before it gives a topic up that lacks what the lookups have.
    for (let round = 0; round < 15; round++) {
      await this.follow(undefined);
      if (await this.compare()) return;
    }
    throw new Error('the replica does not get in step');
  }

  private async see(identity: string, dies: boolean): Promise<void> {
    const { identities } = this.published.lookups;
    const [entry] = await identities.assign([identity], () => this.iids++);
    if (!this.lake.identities.has(identity))
      this.lake.identities.set(identity, { ...entry!, confirmed: true });
    await this.write(dies, () => identities.confirm([identity]), true);
  }

  private async choose(choice: { identity: string; uid: number; optedOut: boolean; dies: boolean }) {
    const { identity, uid, optedOut } = choice;
    const known = this.lake.identities.get(identity);
    if (known === undefined) return;
    this.lake.identities.set(identity, { ...known, uid, optedOut });
    const { identities } = this.published.lookups;
    await this.write(choice.dies, () => identities.repoint([{ identity, uid, optedOut }]), true);
  }

  private async join({ uid, audiences, dies }: { uid: number; audiences: number[]; dies: boolean }) {
    const { memberships } = this.published.lookups;
    const record: MembershipRecord = {
      uid,
      version: ((await this.source.memberships.get(uid))?.version ?? 0) + 1,
      consent: audiences.length,
      evaluatedAt: this.clock,
      memberships: audiences.sort().map((audience) => ({ audience, sinceS: 1, untilS: 9 })),
    };
    // The builder's batch may say otherwise when it comes again: nobody does this one again.
    const lasted = await this.write(
      dies,
      () => (audiences.length > 0 ? memberships.put([record]) : memberships.remove([uid])),
      false,
    );
    if (!lasted) this.builderIsApart = true;
    else if (audiences.length > 0) this.lake.memberships.set(uid, record);
    else this.lake.memberships.delete(uid);
  }

  private async write(dies: boolean, action: () => Promise<void>, isRepeated: boolean): Promise<boolean> {
    this.writerDies = dies;
    try {
      await action();
      return true;
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      this.writerDies = false;
      if (isRepeated) this.again.push(action);
      return false;
    } finally {
      this.writerDies = false;
    }
  }

  private async recover(): Promise<void> {
    for (const action of this.again.splice(0)) await action();
    if (!this.builderIsApart) return;
    const { memberships } = this.published.lookups;
    for await (const uids of this.published.feed.membershipsSince(this.savedOffset)) {
      const records = await memberships.getMany(uids);
      await memberships.put(records.flatMap((record) => (record === undefined ? [] : [record])));
      await memberships.remove(uids.filter((_, i) => records[i] === undefined));
    }
    this.builderIsApart = false;
  }

  private async save(): Promise<void> {
    if (!this.builderIsApart) this.savedOffset = await this.published.feed.end();
  }

  private async fill(cause: 'lost' | 'rebuild' | 'log lost', diesAfter: number | undefined): Promise<void> {
    await this.recover();
    if (cause === 'lost') {
      await this.source.close();
      await this.openSource();
    } else {
      await this.source.setEpoch(REBUILD_EPOCH);
    }
    if (cause === 'log lost') {
      await this.log.close();
      await this.openLog();
      this.savedOffset = 0;
      this.publish();
      this.startFollower();
    }
    const steps = (epoch: string): (() => Promise<unknown>)[] => [
      () => this.published.feed.begin(epoch),
      () =>
        this.published.lookups.identities.seed(
          [...this.lake.identities].map(([identity, entry]) => ({ identity, entry })),
        ),
      () => this.published.lookups.memberships.put([...this.lake.memberships.values()]),
      () => this.published.lookups.memberships.remove(UIDS.filter((uid) => !this.lake.memberships.has(uid))),
    ];
    // Cut off, it begins from the beginning, under another epoch.
    for (const action of steps(newPublishedEpoch()).slice(0, diesAfter ?? 0)) await action();
    const epoch = newPublishedEpoch();
    for (const action of steps(epoch)) await action();
    await this.published.lookups.setEpoch(epoch);
  }

  private async follow(dies: { at: number; committed: boolean } | undefined): Promise<void> {
    this.followerDies = dies === undefined ? undefined : { ...dies };
    this.clock += 1_000;
    try {
      await this.follower.round();
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      this.startFollower();
    }
    this.followerDies = undefined;
    await this.compare();
  }

  /** False while the replica does not say that it is in step, or a writer is in between. */
  private async compare(): Promise<boolean> {
    const isInStep = this.store.state().caughtUpAt === this.clock;
    if (!isInStep || this.again.length > 0 || this.builderIsApart) return false;
    const source = await this.source.identities.resolve(IDENTITIES);
    expect(this.store.resolve(IDENTITIES)).toEqual(
      source.map((entry) => (entry?.confirmed ? entry : undefined)),
    );
    expect(UIDS.map((uid) => this.store.memberships(uid))).toEqual(
      await this.source.memberships.getMany(UIDS),
    );
    return true;
  }

  private async openLog(): Promise<void> {
    this.log = await openFileLog({ dir: join(this.dir, `log-${this.folders++}`), topics: loadTopics() });
  }

  private async openSource(): Promise<void> {
    this.source = await openLmdbLookups({ dir: join(this.dir, `lookups-${this.folders++}`) });
    this.publish();
  }

  private publish(): void {
    const { source } = this;
    const mayDie = <T extends unknown[]>(action: (...args: T) => Promise<void>) => {
      return async (...args: T): Promise<void> => {
        if (this.writerDies) throw new Died();
        await action(...args);
      };
    };
    const { identities, memberships } = source;
    const versions = { people: async () => ++this.version, memberships: async () => ++this.version };
    this.published = publishLookups({
      log: this.log,
      versions,
      lookups: {
        ...source,
        identities: {
          resolve: (texts) => identities.resolve(texts),
          assign: (texts, next) => identities.assign(texts, next),
          seed: (entries) => identities.seed(entries),
          confirm: mayDie((texts) => identities.confirm(texts)),
          repoint: mayDie((changes) => identities.repoint(changes)),
        },
        memberships: {
          get: (uid) => memberships.get(uid),
          getMany: (uids) => memberships.getMany(uids),
          put: mayDie((records) => memberships.put(records)),
          remove: mayDie((uids) => memberships.remove(uids)),
        },
      },
    });
  }

  private startFollower(): void {
    const { store } = this;
    const apply: ReplicaStore['apply'] = async (...args) => {
      const fuse = this.followerDies;
      const isNow = fuse !== undefined && fuse.at-- === 0;
      if (isNow && !fuse.committed) throw new Died();
      await store.apply(...args);
      if (isNow) throw new Died();
    };
    this.follower = new Follower({
      log: this.log,
      store: {
        state: () => store.state(),
        checkpoint: () => store.checkpoint(),
        resolve: (identities) => store.resolve(identities),
        memberships: (uid) => store.memberships(uid),
        apply,
        caughtUp: (atMs) => store.caughtUp(atMs),
        reset: (position) => store.reset(position),
        size: () => store.size(),
        close: () => store.close(),
      },
      epoch: () => this.source.epoch(),
      logger: pino({ level: 'silent' }),
      now: () => this.clock,
      recordsAtOnce: this.recordsAtOnce,
      onFault: () => undefined,
    });
  }
}

test('whenever the replica says that it is in step it equals the source, whoever dies at any record', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, atOnce) => {
        const dir = await mkdtemp(join(tmpdir(), 'muster-replica-'));
        const world = await World.open(dir, atOnce);
        try {
          for (const step of steps) await world.run(step);
          await world.settle();
        } finally {
          await world.close();
          await rm(dir, { recursive: true, force: true });
        }
      },
    ),
    {
      numRuns: 150,
      examples: [
        // Half of a filling, then the end of one in another topic, which begins where that half ended.
        [
          [
            { do: 'follow', dies: { at: 1, committed: false } },
            { do: 'fill', cause: 'log lost', diesAfter: undefined },
          ],
          1,
        ],
      ],
    },
  );
}, 180_000);
