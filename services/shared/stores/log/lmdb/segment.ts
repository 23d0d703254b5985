import type { Database } from 'lmdb';
import type { ChunkHeader } from './chunk';
import { decodeHeader } from './chunk';
import { openSegmentEnvironment, putIfAbsent } from './environment';

const KEY_MAX = 0xffffffff;

export interface Tail extends Omit<ChunkHeader, 'records'> {
  /** Offset behind the newest record of the segment. */
  next: number;
}

export interface StoredChunk {
  firstOffset: number;
  bytes: Buffer;
}

/**
 * One LMDB environment: the records of a partition from `base` on, until its seal. Chunks are never changed or
 * removed, so whatever was read once stays true, and only the end has to be looked for again.
 */
export class Segment {
  private readonly db: Database<Buffer, number>;
  private lastKey = 0;
  private known: Tail;
  private lastUsedAt = Date.now();

  constructor(
    readonly base: number,
    readonly path: string,
    mapBytes: number,
  ) {
    this.db = openSegmentEnvironment(path, mapBytes);
    this.known = { next: base, sealed: false, segmentBytes: 0, appendedAt: 0, segmentFirstAt: 0 };
  }

  /** The end as of now, other processes' appends included. */
  tail(): Tail {
    this.lastUsedAt = Date.now();
    if (this.known.sealed) return this.known;
    this.db.resetReadTxn();
    for (const key of this.db.getKeys({ start: KEY_MAX, reverse: true, limit: 1 })) {
      if (key !== this.lastKey) this.remember(key, this.header(key));
    }
    return this.known;
  }

  /**
   * Stores a chunk at `offset`, which must be the end. False when another writer was first: the end moved.
   * Resolves after the commit is on disk. The writer lock is held by native code alone, for one commit.
   */
  async put(offset: number, chunk: Buffer): Promise<boolean> {
    this.lastUsedAt = Date.now();
    const key = this.key(offset);
    const stored = await putIfAbsent(this.db, key, chunk);
    if (stored && key > this.lastKey) this.remember(key, decodeHeader(chunk));
    return stored;
  }

  /** The chunk or seal that begins exactly at `offset`, if it is there yet. */
  chunkAt(offset: number): StoredChunk | undefined {
    this.lastUsedAt = Date.now();
    this.db.resetReadTxn();
    const bytes = this.db.get(this.key(offset));
    return bytes && { firstOffset: offset, bytes };
  }

  /** The chunk that holds the record at `offset`, or the seal at exactly this offset. */
  chunkWith(offset: number): StoredChunk | undefined {
    this.lastUsedAt = Date.now();
    this.db.resetReadTxn();
    for (const { key, value } of this.db.getRange({ start: this.key(offset), reverse: true, limit: 1 })) {
      const firstOffset = this.base + key - 1;
      const { records } = decodeHeader(value);
      if (offset === firstOffset || offset < firstOffset + records) return { firstOffset, bytes: value };
    }
    return undefined;
  }

  /** Like `tail().sealed`, but does not count as use. */
  isSealed(): boolean {
    const { lastUsedAt } = this;
    const { sealed } = this.tail();
    this.lastUsedAt = lastUsedAt;
    return sealed;
  }

  unusedSince(): number {
    return this.lastUsedAt;
  }

  async close(): Promise<void> {
    await this.db.close();
  }

  private key(offset: number): number {
    return offset - this.base + 1;
  }

  private header(key: number): ChunkHeader {
    const bytes = this.db.getBinaryFast(key);
    if (!bytes) throw new Error(`log segment ${this.path} lost its chunk ${key}`);
    return decodeHeader(bytes);
  }

  private remember(key: number, header: ChunkHeader): void {
    const { records, ...rest } = header;
    this.lastKey = key;
    this.known = { ...rest, next: this.base + key - 1 + records };
  }
}
