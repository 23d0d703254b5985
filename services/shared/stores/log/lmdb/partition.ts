import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { flushDirectory, makeDirectory } from './environment';
import type { StoredChunk } from './segment';
import { Segment } from './segment';

const SEGMENT_FILE = /^(\d{16})\.mdb$/;
/** How long an unused handle of a sealed segment stays open. */
const IDLE_MS = 30_000;

export interface PartitionOptions {
  dir: string;
  /** Virtual address space of a segment, not disk: a file grows with what is written. */
  mapBytes: number;
  /** Runs a synchronous action while no process on the host creates, opens or deletes segments. */
  exclusively: <T>(action: () => T) => T;
}

/**
 * The segments of one partition as files, named by their first offset. Files are created, opened and deleted
 * only under the host-wide lock, because opening a file that was just deleted would create it anew, empty,
 * and its offsets would be given out twice.
 */
export class Partition {
  private readonly segments = new Map<number, Segment>();
  private newest: Segment | undefined;

  constructor(private readonly options: PartitionOptions) {
    makeDirectory(options.dir);
  }

  /** First offsets of the segments on disk, ascending. */
  bases(): number[] {
    const bases: number[] = [];
    for (const name of readdirSync(this.options.dir)) {
      const match = SEGMENT_FILE.exec(name);
      if (match) bases.push(Number(match[1]));
    }
    return bases.sort((a, b) => a - b);
  }

  /** First offset still held. */
  earliest(): number {
    return this.bases()[0] ?? 0;
  }

  /** Offset behind the newest record. */
  end(): number {
    return this.active().tail().next;
  }

  /** The segment that takes appends; made when the one before was sealed. */
  active(): Segment {
    if (this.newest && !this.newest.tail().sealed) return this.newest;
    return this.options.exclusively(() => {
      const newestBase = this.bases().at(-1);
      let segment = newestBase === undefined ? this.create(0) : this.opened(newestBase);
      const tail = segment.tail();
      if (tail.sealed) segment = this.create(tail.next);
      this.newest = segment;
      return segment;
    });
  }

  /** The open segment with this first offset; undefined when there is none (yet, or any more). */
  segment(base: number): Segment | undefined {
    const known = this.segments.get(base);
    if (known) return known;
    return this.options.exclusively(() => (existsSync(this.path(base)) ? this.opened(base) : undefined));
  }

  /** The chunk that holds `offset`. Undefined at the end of the log, and for what retention has dropped. */
  chunkWith(offset: number): StoredChunk | undefined {
    const base = this.bases().findLast((candidate) => candidate <= offset);
    return base === undefined ? undefined : this.segment(base)?.chunkWith(offset);
  }

  /** Deletes the files of the first segments, up to but not including the one that begins at `base`. */
  dropBefore(base: number): number {
    const dropped = this.options.exclusively(() => {
      const bases = this.bases();
      // The newest is never dropped: it carries the offsets on.
      const victims = bases.slice(0, -1).filter((candidate) => candidate < base);
      for (const victim of victims) {
        rmSync(this.path(victim), { force: true });
        rmSync(`${this.path(victim)}-lock`, { force: true });
      }
      return victims.length;
    });
    if (dropped > 0) flushDirectory(this.options.dir);
    return dropped;
  }

  /** Lets go of handles that are not used any more, above all of files another process has deleted. */
  async sweep(nowMs: number): Promise<void> {
    if (this.newest?.isSealed()) this.newest = undefined;
    for (const [base, segment] of this.segments) {
      if (segment === this.newest) continue;
      if (nowMs - segment.unusedSince() < IDLE_MS && existsSync(segment.path)) continue;
      this.segments.delete(base);
      await segment.close();
    }
  }

  /** After a failed write: LMDB may have given the environment up, a new handle looks at the files again. */
  async reopen(segment: Segment): Promise<void> {
    if (this.segments.get(segment.base) !== segment) return;
    this.segments.delete(segment.base);
    if (this.newest === segment) this.newest = undefined;
    await segment.close();
  }

  async close(): Promise<void> {
    const open = [...this.segments.values()];
    this.segments.clear();
    this.newest = undefined;
    await Promise.all(open.map((segment) => segment.close()));
  }

  private create(base: number): Segment {
    const segment = this.opened(base);
    flushDirectory(this.options.dir);
    return segment;
  }

  private opened(base: number): Segment {
    const known = this.segments.get(base);
    if (known) return known;
    const segment = new Segment(base, this.path(base), this.options.mapBytes);
    this.segments.set(base, segment);
    return segment;
  }

  private path(base: number): string {
    return join(this.options.dir, `${String(base).padStart(16, '0')}.mdb`);
  }
}
