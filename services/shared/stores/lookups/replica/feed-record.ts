/**
 * Records of the topic `lookups`, which is compacted: each stands for all earlier ones of its key.
 *
 * | key             | value                                         | written by            |
 * | `i:<identity>`  | packed identity, its own person               | ingest, people writer |
 * | `p:<identity>`  | packed identity as the people writer left it  | people writer         |
 * | `m:<uid>`       | packed memberships; none: removed             | builder               |
 * | `begin`, `end`  | epoch                                         | whoever fills LOOKUPS |
 *
 * A value begins with its format (1 byte) and a version (6), which grows from one write of a kind to the next. Two keys
 * for an identity, because ingest knows its number alone: what it says late must not replace an opt-out.
 */
import type { IdentityText } from '../../../domain/records';
import type { IdentityEntry, MembershipRecord } from '../lookups';
import type { AppendRecord, LogEntry } from '../../log/log';
import { MAX_PACKED_NUMBER, packIdentity, packMemberships, readUint48, writeUint48 } from '../packing';

const FORMAT = 1;
const HEADER_BYTES = 7;
/** As in every engine of LOOKUPS. */
const MAX_IDENTITY_CHARS = 512;
const UID = /^\d{1,15}$/;

export type FeedRecord =
  /** Counts where nothing is known of the identity. */
  | { kind: 'number'; identity: IdentityText; version: number; packed: Buffer }
  | { kind: 'person'; identity: IdentityText; version: number; packed: Buffer }
  | { kind: 'memberships'; uid: number; version: number; packed: Buffer }
  | { kind: 'begin'; epoch: string }
  | { kind: 'end'; epoch: string };

export function numberRecord(identity: IdentityText, iid: number): AppendRecord {
  const entry = { iid, uid: iid, confirmed: true, optedOut: false };
  return { key: `i:${identity}`, value: withHeader(0, packIdentity(entry)) };
}

export function personRecord(identity: IdentityText, entry: IdentityEntry, version: number): AppendRecord {
  return {
    key: `p:${identity}`,
    value: withHeader(version, packIdentity({ ...entry, confirmed: true })),
  };
}

export function membershipsRecord(record: MembershipRecord, version: number): AppendRecord {
  return { key: `m:${record.uid}`, value: withHeader(version, packMemberships(record)) };
}

export function removedRecord(uid: number, version: number): AppendRecord {
  return { key: `m:${uid}`, value: withHeader(version, Buffer.alloc(0)) };
}

export function epochRecord(kind: 'begin' | 'end', epoch: string): AppendRecord {
  return { key: kind, value: withHeader(0, Buffer.from(epoch)) };
}

/** The person whose memberships a record holds. */
export function uidOfKey(key: string): number | undefined {
  const text = key.startsWith('m:') ? key.slice(2) : '';
  return UID.test(text) && Number(text) <= MAX_PACKED_NUMBER ? Number(text) : undefined;
}

/** @throws Error when it is none of these: to pass over it might pass over an opt-out. */
export function decodeFeedRecord({ offset, key, value }: LogEntry): FeedRecord {
  if (value.length < HEADER_BYTES || value[0] !== FORMAT)
    throw new Error(`the record at offset ${offset} of topic lookups has an unknown format`);
  const version = readUint48(value, 1);
  const packed = value.subarray(HEADER_BYTES);
  const uid = uidOfKey(key);
  if (uid !== undefined) return { kind: 'memberships', uid, version, packed };
  const kind = key.startsWith('i:') ? 'number' : key.startsWith('p:') ? 'person' : undefined;
  const identity = key.slice(2);
  if (kind !== undefined && identity.length > 0 && identity.length <= MAX_IDENTITY_CHARS)
    return { kind, identity, version, packed };
  if (key === 'begin' || key === 'end') return { kind: key, epoch: packed.toString() };
  throw new Error(`the record at offset ${offset} of topic lookups has an unknown key`);
}

function withHeader(version: number, packed: Buffer): Buffer {
  const value = Buffer.allocUnsafe(HEADER_BYTES + packed.length);
  value[0] = FORMAT;
  writeUint48(value, 1, version);
  packed.copy(value, HEADER_BYTES);
  return value;
}
