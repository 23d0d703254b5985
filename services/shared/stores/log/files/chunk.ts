/**
 * A chunk is what one write appends to a segment: a header and records in order. A segment is a chain of chunks
 * without gaps, so the next chunk (or the seal, which has no records) begins where the last one ends.
 *
 * Header, little-endian: u32 bytes of the whole chunk · u32 CRC-32 of all that follows · u8 kind · u8 format ·
 * u16 unused · u32 records · f64 bytes of the segment's records up to and including this chunk · f64 time of append
 * (epoch ms) · f64 time of the segment's first append (epoch ms).
 * Record: u32 key bytes · u32 value bytes · key (UTF-8) · value.
 */
import { crc32 } from 'node:zlib';
import type { AppendRecord, LogEntry } from '../log';

/** Enough to know a chunk's length. */
export const HEADER_BYTES = 40;
const CHECKED_FROM = 8;
const RECORD_HEADER_BYTES = 8;
const FORMAT = 1;
const KIND_RECORDS = 1;
const KIND_SEAL = 2;

export interface ChunkHeader {
  /** A seal ends its segment: the next record's segment is named by the seal's offset. */
  sealed: boolean;
  records: number;
  segmentBytes: number;
  appendedAt: number;
  segmentFirstAt: number;
}

export interface EncodedRecords {
  records: number;
  bytes: Buffer;
}

export function encodeRecords(records: AppendRecord[]): EncodedRecords {
  let total = 0;
  for (const { key, value } of records) {
    total += RECORD_HEADER_BYTES + Buffer.byteLength(key) + value.length;
  }
  const bytes = Buffer.allocUnsafe(total);
  let at = 0;
  for (const { key, value } of records) {
    const keyBytes = bytes.write(key, at + RECORD_HEADER_BYTES, 'utf8');
    bytes.writeUInt32LE(keyBytes, at);
    bytes.writeUInt32LE(value.length, at + 4);
    at += RECORD_HEADER_BYTES + keyBytes;
    bytes.set(value, at);
    at += value.length;
  }
  return { records: records.length, bytes };
}

export function encodeChunk(
  parts: EncodedRecords[],
  header: Omit<ChunkHeader, 'sealed' | 'records'>,
): Buffer {
  const records = parts.reduce((sum, part) => sum + part.records, 0);
  const head = encodeHeader({ ...header, sealed: false, records });
  return finished(Buffer.concat([head, ...parts.map((part) => part.bytes)]));
}

export function encodeSeal(header: Omit<ChunkHeader, 'sealed' | 'records'>): Buffer {
  return finished(encodeHeader({ ...header, sealed: true, records: 0 }));
}

function finished(chunk: Buffer): Buffer {
  chunk.writeUInt32LE(chunk.length, 0);
  chunk.writeUInt32LE(crc32(chunk.subarray(CHECKED_FROM)), 4);
  return chunk;
}

/** As the header says it; nothing is sure before `isIntact` has seen all of them. */
export function chunkBytes(header: Buffer): number {
  return header.readUInt32LE(0);
}

/** Whether these bytes are one whole chunk, as it was written. */
export function isIntact(chunk: Buffer): boolean {
  return (
    chunk.length >= HEADER_BYTES &&
    chunkBytes(chunk) === chunk.length &&
    chunk.readUInt32LE(4) === crc32(chunk.subarray(CHECKED_FROM))
  );
}

function encodeHeader(header: ChunkHeader): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt8(header.sealed ? KIND_SEAL : KIND_RECORDS, 8);
  head.writeUInt8(FORMAT, 9);
  head.writeUInt32LE(header.records, 12);
  head.writeDoubleLE(header.segmentBytes, 16);
  head.writeDoubleLE(header.appendedAt, 24);
  head.writeDoubleLE(header.segmentFirstAt, 32);
  return head;
}

export function decodeHeader(chunk: Buffer): ChunkHeader {
  const kind = chunk.readUInt8(8);
  const format = chunk.readUInt8(9);
  if (format !== FORMAT || (kind !== KIND_RECORDS && kind !== KIND_SEAL)) {
    throw new Error(`log chunk of unknown kind ${kind}, format ${format}`);
  }
  return {
    sealed: kind === KIND_SEAL,
    records: chunk.readUInt32LE(12),
    segmentBytes: chunk.readDoubleLE(16),
    appendedAt: chunk.readDoubleLE(24),
    segmentFirstAt: chunk.readDoubleLE(32),
  };
}

/** The values are views of `chunk`, which must therefore not be a buffer that is used again. */
export function decodeRecords(chunk: Buffer, firstOffset: number): LogEntry[] {
  const { records } = decodeHeader(chunk);
  const entries = new Array<LogEntry>(records);
  let at = HEADER_BYTES;
  for (let i = 0; i < records; i++) {
    const keyEnd = at + RECORD_HEADER_BYTES + chunk.readUInt32LE(at);
    const valueEnd = keyEnd + chunk.readUInt32LE(at + 4);
    entries[i] = {
      offset: firstOffset + i,
      key: chunk.toString('utf8', at + RECORD_HEADER_BYTES, keyEnd),
      value: chunk.subarray(keyEnd, valueEnd),
    };
    at = valueEnd;
  }
  return entries;
}
