/**
 * A chunk is what one commit appends: a header and records in order. A segment is a chain of chunks, each
 * stored under the offset of its first record, so the next chunk (or the seal) always lies at the offset
 * behind the last record. Readers therefore poll one key, and writers contend for one key.
 *
 * Header, little-endian: u8 kind · u8 format · u16 unused · u32 records · f64 bytes of the segment up to and
 * including this chunk · f64 time of append (epoch ms) · f64 time of the segment's first append (epoch ms).
 * Record: u32 key bytes · u32 value bytes · key (UTF-8) · value.
 */
import type { AppendRecord, LogEntry } from '../log';

const HEADER_BYTES = 32;
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
  return Buffer.concat([head, ...parts.map((part) => part.bytes)]);
}

export function encodeSeal(header: Omit<ChunkHeader, 'sealed' | 'records'>): Buffer {
  return encodeHeader({ ...header, sealed: true, records: 0 });
}

function encodeHeader(header: ChunkHeader): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt8(header.sealed ? KIND_SEAL : KIND_RECORDS, 0);
  head.writeUInt8(FORMAT, 1);
  head.writeUInt32LE(header.records, 4);
  head.writeDoubleLE(header.segmentBytes, 8);
  head.writeDoubleLE(header.appendedAt, 16);
  head.writeDoubleLE(header.segmentFirstAt, 24);
  return head;
}

export function decodeHeader(chunk: Buffer): ChunkHeader {
  const kind = chunk.readUInt8(0);
  const format = chunk.readUInt8(1);
  if (format !== FORMAT || (kind !== KIND_RECORDS && kind !== KIND_SEAL)) {
    throw new Error(`log chunk of unknown kind ${kind}, format ${format}`);
  }
  return {
    sealed: kind === KIND_SEAL,
    records: chunk.readUInt32LE(4),
    segmentBytes: chunk.readDoubleLE(8),
    appendedAt: chunk.readDoubleLE(16),
    segmentFirstAt: chunk.readDoubleLE(24),
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
