/**
 * LOOKUPS: what the bid path asks, in memory or memory-mapped, shared by all processes. A cache: LAKE is the
 * authority for identities, people and memberships, and an epoch says whether the cache was ever filled.
 * Reads answer `T | Promise<T>`; await only a promise, so that an embedded read costs none.
 */
import type { IdentityText } from '../../domain/records';
import type { ConsentBits } from '../../domain/consent/bits';

export type MaybePromise<T> = T | Promise<T>;

/** What an identity resolves to. */
export interface IdentityEntry {
  /** Permanent number of the identity. */
  iid: number;
  /** Number of the person it belongs to: the smallest iid of the linked set. */
  uid: number;
  /** False until its row is in the lake. */
  confirmed: boolean;
  /** The person said no: no membership may be used, whatever else is stored. */
  optedOut: boolean;
}

export interface IdentityLookups {
  /** One batched round trip; `undefined` where unknown, in the order asked. */
  resolve(identities: readonly IdentityText[]): MaybePromise<(IdentityEntry | undefined)[]>;
  /**
   * Atomic put-if-absent per identity: whoever is first decides, the loser gets the winner's number.
   * `nextIid` is called only for identities that are absent; a number it gave may go unused, never twice.
   */
  assign(identities: readonly IdentityText[], nextIid: () => number): Promise<IdentityEntry[]>;
  /** The rows are in the lake. */
  confirm(identities: readonly IdentityText[]): Promise<void>;
  /** Only by the people writer: new person and opt-out state of known identities. Keeps `iid` and `confirmed`. */
  repoint(changes: readonly { identity: IdentityText; uid: number; optedOut: boolean }[]): Promise<void>;
  /** Only for seeding from the lake: overwrites. */
  seed(entries: readonly { identity: IdentityText; entry: IdentityEntry }[]): Promise<void>;
}

/** One edge between two identities of a person. */
export interface PersonEdge {
  kind: 'partner' | 'event';
  a: number;
  b: number;
  at: number;
}

/** A set of linked identities. Persons of a single, never linked identity are not stored. */
export interface PersonRecord {
  uid: number;
  members: { iid: number; identity: IdentityText }[];
  edges: PersonEdge[];
  /** Per member iid: latest choice, absent = none. */
  choices: { iid: number; at: number; optedOut: boolean }[];
}

/** Written by the people writer alone. */
export interface PeopleLookups {
  /** The person of each identity number (itself when never linked). */
  uidOf(iids: readonly number[]): MaybePromise<number[]>;
  get(uids: readonly number[]): MaybePromise<(PersonRecord | undefined)[]>;
  /**
   * Records to write, persons that are no more, new uid of member numbers. Atomic as a whole where the engine keeps
   * people in one place. Over several nodes it may happen in this order: records, uids, removals, so that no member
   * points to a person that is not there; a put that rejects may then have been done in part, and is repeated.
   */
  put(change: {
    records: readonly PersonRecord[];
    removed: readonly number[];
    uidOf: readonly { iid: number; uid: number }[];
  }): Promise<void>;
}

export interface Membership {
  /** The audience version's dense number. */
  audience: number;
  /** Epoch seconds since when, and until when the membership holds without news; `FOREVER_S` without end. */
  sinceS: number;
  untilS: number;
}

/** Largest unsigned 32-bit second: no end. */
export const FOREVER_S = 0xffffffff;

/** What the bidder needs of a person, one packed value. */
export interface MembershipRecord {
  uid: number;
  /** Grows with every write of this record. */
  version: number;
  /** The person's stored consent; bit `signal` unset when none was ever stated. */
  consent: ConsentBits;
  /** Epoch milliseconds of the evaluation. */
  evaluatedAt: number;
  /** Sorted by audience. */
  memberships: Membership[];
}

/** Written by the builder alone. A missing record: a person without memberships. */
export interface MembershipLookups {
  get(uid: number): MaybePromise<MembershipRecord | undefined>;
  getMany(uids: readonly number[]): MaybePromise<(MembershipRecord | undefined)[]>;
  put(records: readonly MembershipRecord[]): Promise<void>;
  remove(uids: readonly number[]): Promise<void>;
}

/** The place in the log that made a claim. */
export interface ClaimPosition {
  partition: number;
  offset: number;
}

/** First come, first counted: idempotency of events and notices. */
export interface ClaimLookups {
  /**
   * Atomic put-if-absent with the time after which it may be forgotten (epoch ms). Returns for each key the
   * position that holds the claim: equal to the caller's own when it won, now or before a crash.
   * An expired claim counts as absent.
   */
  claim(
    space: string,
    claims: readonly { key: string; position: ClaimPosition; expiresAt: number }[],
    nowMs: number,
  ): Promise<ClaimPosition[]>;
  has(space: string, keys: readonly string[], nowMs: number): MaybePromise<boolean[]>;
  /**
   * Forgets what expired before `nowMs`, a bounded piece at a time; answers how many. An engine that forgets by
   * itself answers 0.
   */
  sweep(nowMs: number, maxCount: number): Promise<number>;
}

/** Counters that never pass a limit: budgets by lease. Amounts are safe integers. */
export interface CounterLookups {
  /** Adds up to `want`, never beyond `limit`; answers what was granted (0 … want). Atomic. */
  lease(key: string, want: number, limit: number): Promise<number>;
  /** Adds (negative gives back); never below 0; answers the new value. Atomic. */
  add(key: string, amount: number): Promise<number>;
  get(keys: readonly string[]): MaybePromise<number[]>;
}

/** Whole documents with a growing revision: the compiled catalog. */
export interface DocumentLookups {
  /** Revision only, cheap enough to poll; 0 when absent. */
  revision(name: string): MaybePromise<number>;
  get(name: string): MaybePromise<{ revision: number; body: Buffer } | undefined>;
  /** Writes when `revision` is greater than the stored one; answers whether it did. Atomic. */
  put(name: string, revision: number, body: Buffer): Promise<boolean>;
}

/**
 * As an epoch: what is stored may be used, and is to be filled from the lake anew. Ingest sees it and starts again,
 * which fills them, the builder sees it and stands by; bidders go on meanwhile.
 */
export const REBUILD_EPOCH = 'rebuild';

/** Whether LOOKUPS of this epoch have all that the lake says, and whoever writes them may go by what they say. */
export function isFilled(epoch: string | undefined): epoch is string {
  return epoch !== undefined && epoch !== REBUILD_EPOCH;
}

export interface Lookups {
  identities: IdentityLookups;
  people: PeopleLookups;
  memberships: MembershipLookups;
  claims: ClaimLookups;
  counters: CounterLookups;
  documents: DocumentLookups;
  /** Absent: the cache was never seeded, or lost. */
  epoch(): MaybePromise<string | undefined>;
  setEpoch(epoch: string): Promise<void>;
  /** Bytes and counts per namespace, for metrics: `<namespace>_bytes`, `<namespace>_count`, as far as cheap to tell. */
  stats(): MaybePromise<Record<string, number>>;
  close(): Promise<void>;
}
