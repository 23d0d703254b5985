/**
 * What lies beside a segment: where its durable part ends. Little-endian: 8 bytes "MUSTERL1" · f64 end of
 * the chunks in the segment's file · f64 offset behind the newest record · f64 bytes of records · f64 time of the newest
 * append · f64 time of the first · u32 1 when sealed · u32 CRC-32 of all before.
 */
import { crc32 } from 'node:zlib';

export const HEAD_BYTES = 56;
const MAGIC = Buffer.from('MUSTERL1');
const CHECKED_BYTES = HEAD_BYTES - 4;

export interface Tail {
  /** Offset behind the newest record of the segment. */
  next: number;
  /** A seal ends its segment: the next record's segment is named by the seal's offset. */
  sealed: boolean;
  segmentBytes: number;
  /** Time of the newest append (epoch ms), 0 before the first. */
  appendedAt: number;
  segmentFirstAt: number;
}

export interface Head extends Tail {
  /** Place in the file behind the last durable chunk. */
  end: number;
}

export function encodeHead(head: Head): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES);
  MAGIC.copy(bytes);
  bytes.writeDoubleLE(head.end, 8);
  bytes.writeDoubleLE(head.next, 16);
  bytes.writeDoubleLE(head.segmentBytes, 24);
  bytes.writeDoubleLE(head.appendedAt, 32);
  bytes.writeDoubleLE(head.segmentFirstAt, 40);
  bytes.writeUInt32LE(head.sealed ? 1 : 0, 48);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CHECKED_BYTES)), CHECKED_BYTES);
  return bytes;
}

/** Undefined for bytes that were not written in one piece. */
export function decodeHead(bytes: Buffer): Head | undefined {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (bytes.readUInt32LE(CHECKED_BYTES) !== crc32(bytes.subarray(0, CHECKED_BYTES))) return undefined;
  return {
    end: bytes.readDoubleLE(8),
    next: bytes.readDoubleLE(16),
    segmentBytes: bytes.readDoubleLE(24),
    appendedAt: bytes.readDoubleLE(32),
    segmentFirstAt: bytes.readDoubleLE(40),
    sealed: bytes.readUInt32LE(48) === 1,
  };
}
