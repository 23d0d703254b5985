import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  write,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { unlock } from 'fs-native-extensions';
import { lockFile } from '../../file-lock';
import { HEADER_BYTES, chunkBytes, decodeHeader, isIntact } from './chunk';
import type { Head, Tail } from './segment-head';
import { HEAD_BYTES, decodeHead, encodeHead } from './segment-head';

/** Small chunks are read together. */
const READ_AHEAD_BYTES = 64 << 10;
/** How far apart the places lie that are kept for finding an offset. */
const INDEX_EVERY_BYTES = 1 << 20;
/** Ends of the chunks read last: a reader goes on there. */
const RECENT_MAX = 64;
/** Where it exists, a write returns when its bytes are on disk, which saves a second trip to the thread pool. */
const WRITES_ARE_SYNCED = process.platform === 'linux';
const flush = promisify(fdatasync);
const OPEN_FLAGS = constants.O_RDWR | (WRITES_ARE_SYNCED ? constants.O_DSYNC : 0);

export interface StoredChunk {
  firstOffset: number;
  bytes: Buffer;
}

interface Place {
  offset: number;
  position: number;
}

/**
 * One file: the records of a partition from `base` on, until its seal, as chunks without gaps. Beside it lies its
 * head, a few bytes that say where the durable part ends. An append takes the file's lock, writes its chunk behind
 * the end, waits for the disk, and only then moves the end on. So readers, who look no further than the end, see
 * durable records alone, and a writer that dies leaves at most a chunk behind the end that nobody has seen: the next
 * writer keeps it if it is whole and cuts it off if not. Chunks before the end are never changed.
 *
 * The head is not waited for, and has a file of its own so as not to wait for the disk with the chunks: after a
 * power cut it may be old, torn or gone, and the chunks are found by their checksums.
 */
export class Segment {
  private readonly descriptor: number;
  private readonly headDescriptor: number;
  private readonly headBytes = Buffer.alloc(HEAD_BYTES);
  private known: Head;
  private readonly index: Place[];
  private readonly recent = new Map<number, number>();
  private readAhead: { position: number; bytes: Buffer } | undefined;
  private lastUsedAt = Date.now();
  /** Appends of this process take turns; those of others are kept out by the lock. */
  private turn: Promise<unknown> = Promise.resolve();

  /** Makes the file of an empty segment, unless it is there. */
  static create(path: string): void {
    closeSync(openSync(path, 'a'));
  }

  /** Throws ENOENT when there is no such file (yet, or any more). */
  constructor(
    readonly base: number,
    readonly path: string,
  ) {
    this.descriptor = openSync(path, OPEN_FLAGS);
    this.headDescriptor = openSync(headPath(path), constants.O_RDWR | constants.O_CREAT);
    this.index = [{ offset: base, position: 0 }];
    this.known = emptyHead(base);
    this.refresh();
  }

  /** The end as of now, other processes' appends included. */
  tail(): Tail {
    this.lastUsedAt = Date.now();
    this.refresh();
    return this.known;
  }

  /**
   * Stores a chunk at `offset`, which must be the end. False when another writer was first: the end moved.
   * Resolves once the chunk is on disk. After a rejection nothing of it is left.
   */
  put(offset: number, chunk: Buffer): Promise<boolean> {
    this.lastUsedAt = Date.now();
    return this.inTurn(() => this.putLocked(offset, chunk));
  }

  /** Makes what a dead writer left behind the end part of the segment. Nothing happens while others append. */
  async mend(): Promise<void> {
    if (fstatSync(this.descriptor).size === this.known.end) return;
    await this.inTurn(() => this.mendLocked());
  }

  /** The chunk or seal that begins exactly at `offset`, if it is there yet. */
  chunkAt(offset: number): StoredChunk | undefined {
    const found = this.chunkWith(offset);
    return found?.firstOffset === offset ? found : undefined;
  }

  /** The chunk that holds the record at `offset`, or the seal at exactly this offset. */
  chunkWith(offset: number): StoredChunk | undefined {
    this.lastUsedAt = Date.now();
    if (offset < this.base) return undefined;
    if (offset >= this.known.next) this.refresh();
    for (let place = this.placeBefore(offset); place.position < this.known.end;) {
      const header = this.bytesAt(place.position, HEADER_BYTES);
      const length = chunkBytes(header);
      const { records, sealed } = decodeHeader(header);
      const next = { offset: place.offset + records, position: place.position + length };
      if (length < HEADER_BYTES || next.position > this.known.end) throw this.damaged(place);
      if (offset < next.offset || (sealed && offset === place.offset)) {
        const bytes = this.bytesAt(place.position, length);
        if (!isIntact(bytes)) throw this.damaged(place);
        // A seal is found at its own place again and again, until the next segment is there.
        if (!sealed) this.noteRecent(next);
        return { firstOffset: place.offset, bytes };
      }
      this.noteInIndex(next);
      place = next;
    }
    return undefined;
  }

  /** Like `tail().sealed`, but does not count as use. */
  isSealed(): boolean {
    this.refresh();
    return this.known.sealed;
  }

  unusedSince(): number {
    return this.lastUsedAt;
  }

  async close(): Promise<void> {
    await this.turn;
    closeSync(this.descriptor);
    closeSync(this.headDescriptor);
  }

  /** Runs `action` after the earlier ones of this process, under the file's lock. */
  private inTurn<T>(action: () => T | Promise<T>): Promise<T> {
    const done = this.turn.then(async () => {
      await lockFile(this.descriptor);
      try {
        return await action();
      } finally {
        unlock(this.descriptor);
      }
    });
    this.turn = done.catch(() => undefined);
    return done;
  }

  private async putLocked(offset: number, chunk: Buffer): Promise<boolean> {
    this.mendLocked();
    if (this.known.sealed || this.known.next !== offset) return false;
    try {
      await writeAt(this.descriptor, chunk, this.known.end);
      if (!WRITES_ARE_SYNCED) await flush(this.descriptor);
    } catch (error) {
      // Not knowing what the disk holds of it, nothing may be taken for stored, now or later.
      ftruncateSync(this.descriptor, this.known.end);
      throw error;
    }
    // A small write, but it may wait for the file system's journal: not in this thread.
    await writeAt(this.headDescriptor, this.advance(chunk), 0);
    return true;
  }

  /** Looks at the end anew; a sealed segment does not change any more. */
  private refresh(): void {
    if (this.known.sealed) return;
    for (let attempt = 0; attempt < 100; attempt++) {
      if (readSync(this.headDescriptor, this.headBytes, 0, HEAD_BYTES, 0) === 0) return;
      // Read while it was written: look again. It stays like that only if a power cut tore it.
      const head = decodeHead(this.headBytes);
      if (!head) continue;
      this.known = head;
      return;
    }
  }

  /** Under the lock: brings the end up to the last whole chunk and cuts off what follows. */
  private mendLocked(): void {
    this.refresh();
    const { size } = fstatSync(this.descriptor);
    if (size === this.known.end) return;
    if (size < this.known.end) throw this.damaged({ offset: this.known.next, position: size });
    for (let { end } = this.known; end + HEADER_BYTES <= size; end = this.known.end) {
      const length = chunkBytes(this.read(end, HEADER_BYTES));
      if (length < HEADER_BYTES || end + length > size) break;
      const chunk = this.read(end, length);
      if (!isIntact(chunk)) break;
      // Whoever wrote it may have died before the disk had it.
      fdatasyncSync(this.descriptor);
      writeSync(this.headDescriptor, this.advance(chunk), 0, HEAD_BYTES, 0);
    }
    if (size > this.known.end) ftruncateSync(this.descriptor, this.known.end);
  }

  /** Moves the end on behind a chunk; answers the head to be written. */
  private advance(chunk: Buffer): Buffer {
    const { records, ...header } = decodeHeader(chunk);
    this.known = { ...header, next: this.known.next + records, end: this.known.end + chunk.length };
    if (!header.sealed) this.noteInIndex({ offset: this.known.next, position: this.known.end });
    return encodeHead(this.known);
  }

  private placeBefore(offset: number): Place {
    const recent = this.recent.get(offset);
    if (recent !== undefined) return { offset, position: recent };
    const place = this.index.findLast((candidate) => candidate.offset <= offset);
    if (!place) throw new RangeError(`offset ${offset} lies before segment ${this.path}`);
    return place;
  }

  private noteRecent({ offset, position }: Place): void {
    this.recent.delete(offset);
    this.recent.set(offset, position);
    if (this.recent.size <= RECENT_MAX) return;
    for (const oldest of this.recent.keys()) {
      this.recent.delete(oldest);
      return;
    }
  }

  private noteInIndex(place: Place): void {
    const last = this.index.at(-1);
    if (last && place.position >= last.position + INDEX_EVERY_BYTES) this.index.push(place);
  }

  /** Bytes before the end, which never change; as a view of a block that is read once where they are few. */
  private bytesAt(position: number, length: number): Buffer {
    const block = this.readAhead;
    if (block && position >= block.position && position + length <= block.position + block.bytes.length) {
      const start = position - block.position;
      return block.bytes.subarray(start, start + length);
    }
    if (length >= READ_AHEAD_BYTES) return this.read(position, length);
    const ahead = Math.min(READ_AHEAD_BYTES, this.known.end - position);
    if (ahead < length) throw this.damaged({ offset: this.known.next, position });
    const bytes = this.read(position, ahead);
    this.readAhead = { position, bytes };
    return bytes.subarray(0, length);
  }

  private read(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(length);
    for (let done = 0; done < length;) {
      const count = readSync(this.descriptor, bytes, done, length - done, position + done);
      if (count === 0) throw this.damaged({ offset: this.known.next, position: position + done });
      done += count;
    }
    return bytes;
  }

  private damaged({ offset, position }: Place): Error {
    return new Error(`log segment ${this.path} is damaged at byte ${position}, offset ${offset}`);
  }
}

export function headPath(path: string): string {
  return `${path}.end`;
}

function emptyHead(base: number): Head {
  return { end: 0, next: base, sealed: false, segmentBytes: 0, appendedAt: 0, segmentFirstAt: 0 };
}

function writeAt(descriptor: number, bytes: Buffer, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const writeFrom = (done: number): void => {
      write(descriptor, bytes, done, bytes.length - done, position + done, (error, count) => {
        if (error) reject(error);
        else if (done + count < bytes.length) writeFrom(done + count);
        else resolve();
      });
    };
    writeFrom(0);
  });
}
