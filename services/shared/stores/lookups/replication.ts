/**
 * Memberships, opt-outs and identities of LOOKUPS on the bidders' own hosts: who writes LOOKUPS writes the topic
 * `lookups` first, and a replica follows it. Why it is so: docs/adr/0007.
 */
import { randomUUID } from 'node:crypto';
import type { IdentityLookups, Lookups, MembershipLookups } from './lookups';

/** What a bid asks about a person. Both throw while the replica does not say how things are now. */
export interface LookupsReplica {
  identities: Pick<IdentityLookups, 'resolve'>;
  memberships: Pick<MembershipLookups, 'get'>;
  /** Why nothing may be read from it; empty when it may. */
  missing(): string[];
  status(): ReplicaStatus;
  close(): Promise<void>;
}

export interface ReplicaStatus {
  /** All that was written to LOOKUPS longer ago than this is in the replica. */
  lagSeconds: number;
  /** Records of the topic that wait; undefined in a process that does not follow, but reads what another does. */
  lagRecords: number | undefined;
  /** Epoch seconds at which a record was last applied; 0 when none ever was. */
  appliedAtSeconds: number;
  /** How often this process has begun it anew from the beginning of the topic. */
  reseeds: number;
  entries: { identities: number; memberships: number };
  /** What the entries take up. */
  bytes: number;
}

/** The topic as its writers see it. */
export interface LookupsFeed {
  /** What follows, until `setEpoch(epoch)`, is all there is: LOOKUPS are filled from the lake. */
  begin(epoch: string): Promise<void>;
  /** Offset behind the newest record. */
  end(): Promise<number>;
  /** Whose memberships were written from this offset on, a piece at a time; a person may come more than once. */
  membershipsSince(offset: number): AsyncIterable<number[]>;
}

/** LOOKUPS whose identities, opt-outs and memberships go to the topic first. */
export interface PublishedLookups {
  lookups: Lookups;
  feed: LookupsFeed;
}

const PUBLISHED = 'published:';

/** An epoch whose whole filling is in the topic. */
export function newPublishedEpoch(): string {
  return PUBLISHED + randomUUID();
}

export function isPublishedEpoch(epoch: string | undefined): boolean {
  return epoch?.startsWith(PUBLISHED) === true;
}
