/**
 * How records of LOOKUPS look as bytes, whatever the engine: little-endian, numbers of persons and identities in
 * 48 bits. Decoders take any byte array and read from its start, so that an engine may hand over a buffer it reuses.
 */
import type { IdentityEntry, Membership, MembershipRecord } from './lookups';

/** Numbers above this do not fit; at a million new identities a second that is nine years away. */
export const MAX_PACKED_NUMBER = 2 ** 48 - 1;

export const IDENTITY_CONFIRMED = 1;
export const IDENTITY_OPTED_OUT = 2;
/** The person's number differs from the identity's own, and follows it. */
export const IDENTITY_LINKED = 4;

const MEMBERSHIP_FORMAT = 1;
const MEMBERSHIP_HEADER_BYTES = 14;
const MEMBERSHIP_BYTES = 12;

export function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)) + bytes[at + 3]! * 0x1000000;
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

export function readUint48(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) + (bytes[at + 4]! | (bytes[at + 5]! << 8)) * 0x100000000;
}

export function writeUint48(bytes: Uint8Array, at: number, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > MAX_PACKED_NUMBER) {
    throw new RangeError(`${value} is no unsigned 48-bit integer`);
  }
  const high = Math.floor(value / 0x100000000);
  writeUint32(bytes, at, value % 0x100000000);
  bytes[at + 4] = high;
  bytes[at + 5] = high >>> 8;
}

/** 7 bytes for an identity that is its own person, 13 for a linked one. */
export function packIdentity(entry: IdentityEntry): Buffer {
  const linked = entry.uid !== entry.iid;
  const bytes = Buffer.allocUnsafe(linked ? 13 : 7);
  bytes[0] =
    (entry.confirmed ? IDENTITY_CONFIRMED : 0) |
    (entry.optedOut ? IDENTITY_OPTED_OUT : 0) |
    (linked ? IDENTITY_LINKED : 0);
  writeUint48(bytes, 1, entry.iid);
  if (linked) writeUint48(bytes, 7, entry.uid);
  return bytes;
}

export function unpackIdentity(bytes: Uint8Array): IdentityEntry {
  const flags = bytes[0]!;
  const iid = readUint48(bytes, 1);
  return {
    iid,
    uid: (flags & IDENTITY_LINKED) !== 0 ? readUint48(bytes, 7) : iid,
    confirmed: (flags & IDENTITY_CONFIRMED) !== 0,
    optedOut: (flags & IDENTITY_OPTED_OUT) !== 0,
  };
}

/** 14 bytes, and 12 for each membership. The uid is the key and not part of the value. */
export function packMemberships(record: MembershipRecord): Buffer {
  const bytes = Buffer.allocUnsafe(MEMBERSHIP_HEADER_BYTES + MEMBERSHIP_BYTES * record.memberships.length);
  bytes[0] = MEMBERSHIP_FORMAT;
  bytes[1] = record.consent;
  writeUint48(bytes, 2, record.version);
  writeUint48(bytes, 8, record.evaluatedAt);
  let at = MEMBERSHIP_HEADER_BYTES;
  for (const membership of record.memberships) {
    writeUint32(bytes, at, membership.audience);
    writeUint32(bytes, at + 4, membership.sinceS);
    writeUint32(bytes, at + 8, membership.untilS);
    at += MEMBERSHIP_BYTES;
  }
  return bytes;
}

/** @param length bytes that are the record's; the array may be longer. */
export function unpackMemberships(uid: number, bytes: Uint8Array, length: number): MembershipRecord {
  if (bytes[0] !== MEMBERSHIP_FORMAT) throw new Error(`membership record of unknown format ${bytes[0]}`);
  const count = (length - MEMBERSHIP_HEADER_BYTES) / MEMBERSHIP_BYTES;
  const memberships = new Array<Membership>(count);
  let at = MEMBERSHIP_HEADER_BYTES;
  for (let i = 0; i < count; i++) {
    memberships[i] = {
      audience: readUint32(bytes, at),
      sinceS: readUint32(bytes, at + 4),
      untilS: readUint32(bytes, at + 8),
    };
    at += MEMBERSHIP_BYTES;
  }
  return {
    uid,
    version: readUint48(bytes, 2),
    consent: bytes[1]!,
    evaluatedAt: readUint48(bytes, 8),
    memberships,
  };
}
