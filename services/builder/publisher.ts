import type { Catalog } from '../shared/stores/catalog/catalog';
import type { Lake } from '../shared/stores/lake/lake';
import type { Lookups } from '../shared/stores/lookups/lookups';
import { LookupsEpoch } from '../shared/stores/lookups/lookups-epoch';
import type { LookupsFeed } from '../shared/stores/lookups/replication';
import { diffMemberships, type MembershipRow, type PersonVerdict } from './membership-diff';

const KEY = 'builder.published';
const FEED_KEY = 'builder.published.feed';
const SAVE_EVERY_MS = 5_000;
/** Rows that are compared at once. */
const PIECE = 20_000;

export interface Published {
  /** Audience number → how many more (or fewer) members it has now. */
  delta: Map<number, number>;
  /** Records written or removed in the lookups. */
  records: number;
}

export interface PublisherOptions {
  lookups: Pick<Lookups, 'epoch' | 'memberships'>;
  lake: Pick<Lake, 'insert' | 'query'>;
  kv: Pick<Catalog['kv'], 'get' | 'put'>;
  /** Given where `lookups` write to a topic for bidders' replicas before they write. */
  feed?: Pick<LookupsFeed, 'end' | 'membershipsSince'>;
  /** Grows with every call, also over restarts: the newest row of (audience, person) is the one that counts. */
  nextSeq: () => Promise<number>;
}

/**
 * Writes memberships that changed, first to LAKE, then to LOOKUPS. What fails or dies in between has told analysts of
 * members whom no bidder knows, and nothing else would ever take that back: the next evaluation may say otherwise and
 * find LOOKUPS as they should be. So before anything is published after a start or a failure, LAKE is set back to
 * what LOOKUPS say, and so is the topic of the bidders' replicas. LOOKUPS that were lost say nothing: then nothing is
 * written at all.
 */
export class Publisher {
  private epoch: LookupsEpoch | undefined;
  /** The newest number under which both stores were written. */
  private both = 0;
  /** `both` as of the last save and the one before. LOOKUPS may reach the disk a little later than they are written. */
  private saved = 0;
  private toSave = 0;
  private savedAt = 0;
  private inStep = false;
  /** Offset of the topic up to which LOOKUPS have what it says, as of the last save and the one before. */
  private savedFeed = 0;
  private feedToSave = 0;

  constructor(private readonly options: PublisherOptions) {}

  /** @throws Error when LOOKUPS are not filled. */
  async load(): Promise<void> {
    this.epoch = await LookupsEpoch.of(this.options.lookups);
    this.both = Number((await this.options.kv.get(KEY)) ?? 0);
    this.saved = this.toSave = this.both;
    const { feed, kv } = this.options;
    if (feed === undefined) return;
    const known = await kv.get(FEED_KEY);
    this.savedFeed = this.feedToSave = known === undefined ? await feed.end() : Number(known);
    if (known === undefined) await kv.put(FEED_KEY, String(this.savedFeed));
  }

  /** Sets LAKE and topic back to LOOKUPS where a failure left them apart. */
  async bringInStep(): Promise<void> {
    if (this.inStep) return;
    await this.setBack();
    await this.setTopicBack();
    this.inStep = true;
  }

  /**
   * Writes what of the verdicts is new. `active`: numbers of audiences that are in force; `restate`: see
   * diffMemberships.
   */
  async publish(
    verdicts: readonly PersonVerdict[],
    active: ReadonlySet<number>,
    nowMs: number,
    restate?: number,
  ): Promise<Published> {
    await this.bringInStep();
    const { lookups, nextSeq } = this.options;
    const uids = verdicts.map((verdict) => verdict.uid);
    const existing = await lookups.memberships.getMany(uids);
    const diffs = verdicts.map((verdict, i) => diffMemberships(existing[i], verdict, active, nowMs, restate));
    const records = diffs.flatMap((diff) => (diff.record ? [diff.record] : []));
    const removed = uids.filter((_, i) => diffs[i]?.remove);

    const rows = diffs.flatMap((diff) => diff.rows);
    const seq = rows.length > 0 ? await nextSeq() : this.both;
    await this.assertHeld();
    this.inStep = false;
    await this.insert(rows, seq);
    if (records.length > 0) await lookups.memberships.put(records);
    if (removed.length > 0) await lookups.memberships.remove(removed);
    this.inStep = true;
    this.both = seq;

    const delta = new Map<number, number>();
    const count = (audience: number, by: number): void =>
      void delta.set(audience, (delta.get(audience) ?? 0) + by);
    for (const diff of diffs) {
      for (const audience of diff.entered) count(audience, 1);
      for (const audience of diff.left) count(audience, -1);
    }
    return { delta, records: records.length + removed.length };
  }

  /** Notes down, now and then, how far the stores are in step; at the end, with `force`, exactly. */
  async save(nowMs: number, force: boolean): Promise<void> {
    if (!force && Math.abs(nowMs - this.savedAt) < SAVE_EVERY_MS) return;
    this.savedAt = nowMs;
    const next = force ? this.both : this.toSave;
    this.toSave = this.both;
    if (next !== this.saved) await this.options.kv.put(KEY, String(next));
    this.saved = next;
    await this.saveFeed(force);
  }

  private async saveFeed(force: boolean): Promise<void> {
    const { feed, kv } = this.options;
    if (feed === undefined || !this.inStep) return;
    const end = await feed.end();
    const next = force ? end : this.feedToSave;
    this.feedToSave = end;
    if (next !== this.savedFeed) await kv.put(FEED_KEY, String(next));
    this.savedFeed = next;
  }

  /** Writes anew, to the topic as well, what LOOKUPS have of the persons that the topic's tail is about. */
  private async setTopicBack(): Promise<void> {
    const { feed, lookups } = this.options;
    if (feed === undefined) return;
    for await (const uids of feed.membershipsSince(this.savedFeed)) {
      const records = await lookups.memberships.getMany(uids);
      await this.assertHeld();
      await lookups.memberships.put(records.flatMap((record) => (record === undefined ? [] : [record])));
      await lookups.memberships.remove(uids.filter((_, i) => records[i] === undefined));
    }
  }

  private async setBack(): Promise<void> {
    const { lake, lookups, nextSeq } = this.options;
    for (let last = 0; ;) {
      const rows = await lake.query<{ audience: number; uid: number; until: number }>(
        `SELECT audience, toFloat64(uid) AS uid, argMax(if(deleted = 1, 0, until), seq) AS until
           FROM membership_rows WHERE seq > ${this.both} AND uid > ${last}
          GROUP BY audience, uid ORDER BY uid LIMIT ${PIECE} WITH TIES`,
      );
      const uids = [...new Set(rows.map(({ uid }) => uid))];
      const records = new Map(
        (await lookups.memberships.getMany(uids)).flatMap((record) => (record ? [[record.uid, record]] : [])),
      );
      const apart = rows.flatMap(({ audience, uid, until }): MembershipRow[] => {
        const held = records.get(uid)?.memberships.find((membership) => membership.audience === audience);
        if ((held?.untilS ?? 0) === until) return [];
        return [
          held ? { ...held, uid, deleted: false } : { audience, uid, sinceS: 0, untilS: 0, deleted: true },
        ];
      });
      await this.assertHeld();
      if (apart.length > 0) await this.insert(apart, await nextSeq());
      last = uids.at(-1) ?? 0;
      if (rows.length < PIECE) return;
    }
  }

  /** To be asked between what was read from LOOKUPS and what is written for it. */
  private async assertHeld(): Promise<void> {
    if (this.epoch === undefined) throw new Error('the publisher is not loaded');
    await this.epoch.assertUnchanged();
  }

  private async insert(rows: readonly MembershipRow[], seq: number): Promise<void> {
    if (rows.length === 0) return;
    await this.options.lake.insert({
      table: 'membership_rows',
      columns: ['audience', 'uid', 'since', 'until', 'seq', 'deleted'],
      rows: rows.map(({ audience, uid, sinceS, untilS, deleted }) => [
        audience, uid, sinceS, untilS, seq, deleted ? 1 : 0,
      ]), // prettier-ignore
      token: `membership_rows:${seq}`,
    });
  }
}
