import type { LogEntry } from '../log';
import type { ChunkHeader } from './chunk';
import { decodeHeader, decodeRecords } from './chunk';
import type { Partition } from './partition';
import type { Segment, StoredChunk } from './segment';

export interface DecodedChunk {
  header: ChunkHeader;
  segmentBase: number;
  from: number;
  to: number;
  entries: LogEntry[];
}

/** Finds the chunk of an offset; going forward it costs one key look-up a chunk, and one when nothing is new. */
export class ChunkReader {
  private chunk: DecodedChunk | undefined;
  private segmentBase: number | undefined;
  /** An offset at which a chunk or seal is known to begin, now or later. */
  private boundary: number | undefined;

  constructor(private readonly partition: Partition) {}

  /** The chunk that holds `offset`; undefined behind the end, and for what retention dropped. */
  at(offset: number): DecodedChunk | undefined {
    if (this.chunk && offset >= this.chunk.from && offset < this.chunk.to) return this.chunk;
    const segment = this.segmentOf(offset);
    if (!segment) return undefined;
    const stored = offset === this.boundary ? segment.chunkAt(offset) : this.search(segment, offset);
    if (!stored) return undefined;
    if (!decodeHeader(stored.bytes).sealed) return this.keep(segment, stored);
    // The segment ends here. The next one exists as soon as somebody wants to append behind it.
    const next = this.partition.segment(offset);
    if (!next) return undefined;
    this.segmentBase = offset;
    const first = next.chunkAt(offset);
    return first && this.keep(next, first);
  }

  /** Whether retention has dropped the record at `offset`. */
  isDropped(offset: number): boolean {
    return this.segmentOf(offset) === undefined && offset < this.partition.earliest();
  }

  private segmentOf(offset: number): Segment | undefined {
    const current = this.segmentBase === undefined ? undefined : this.partition.segment(this.segmentBase);
    // At a boundary the seal tells when the segment ends, so waiting for news costs no search for the end.
    if (current && offset === this.boundary) return current;
    if (current && offset >= current.base) {
      const tail = current.tail();
      if (!tail.sealed || offset <= tail.next) return current;
    }
    this.segmentBase = this.partition.bases().findLast((base) => base <= offset);
    return this.segmentBase === undefined ? undefined : this.partition.segment(this.segmentBase);
  }

  private search(segment: Segment, offset: number): StoredChunk | undefined {
    if (offset < segment.tail().next) return segment.chunkWith(offset);
    this.boundary = segment.tail().next;
    return offset === this.boundary ? segment.chunkAt(offset) : undefined;
  }

  private keep(segment: Segment, { firstOffset, bytes }: StoredChunk): DecodedChunk {
    const header = decodeHeader(bytes);
    const to = firstOffset + header.records;
    this.boundary = to;
    this.chunk = {
      header,
      segmentBase: segment.base,
      from: firstOffset,
      to,
      entries: decodeRecords(bytes, firstOffset),
    };
    return this.chunk;
  }
}
