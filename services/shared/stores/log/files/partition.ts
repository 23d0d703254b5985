import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { flushDirectory } from './durable-files';
import { errorCode } from './error-code';
import type { StoredChunk } from './segment';
import { Segment, headPath } from './segment';

const SEGMENT_FILE = /^(\d{16})\.log$/;
const HEAD_FILE = /^(\d{16})\.log\.end$/;
/** How long an unused handle of a sealed segment stays open. */
const IDLE_MS = 30_000;

/**
 * The segments of one partition as files, named by their first offset. Nobody opens a file that is not there, and
 * a new one appears under its name in one piece, so any process may create and delete them at any time.
 */
export class Partition {
  private readonly segments = new Map<number, Segment>();
  private newest: Segment | undefined;

  /** `firstOffset`: of the first segment, where there is none yet. */
  constructor(
    private readonly dir: string,
    private readonly firstOffset = 0,
  ) {
    mkdirSync(dir, { recursive: true });
  }

  /** Takes in what a writer left behind that died, or a power cut. */
  async mend(): Promise<void> {
    const newestBase = this.bases().at(-1);
    if (newestBase !== undefined) await this.segment(newestBase)?.mend();
  }

  /** First offsets of the segments on disk, ascending. */
  bases(): number[] {
    return this.basesOf(SEGMENT_FILE);
  }

  /** First offset still held. */
  earliest(): number {
    return this.bases()[0] ?? this.firstOffset;
  }

  /** Offset behind the newest record. */
  end(): number {
    return this.active().tail().next;
  }

  /** The segment that takes appends; made when the one before was sealed. */
  active(): Segment {
    while (!this.newest || this.newest.tail().sealed) {
      const base = this.newest ? this.newest.tail().next : (this.bases().at(-1) ?? this.firstOffset);
      // Not there: it is new, or the one listed has been dropped since, with a newer one behind it.
      this.newest = this.segment(base) ?? this.create(base);
    }
    return this.newest;
  }

  /** The open segment with this first offset; undefined when there is none (yet, or any more). */
  segment(base: number): Segment | undefined {
    const known = this.segments.get(base);
    if (known) return known;
    try {
      const segment = new Segment(base, this.path(base));
      this.segments.set(base, segment);
      return segment;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** The chunk that holds `offset`. Undefined at the end of the log, and for what retention has dropped. */
  chunkWith(offset: number): StoredChunk | undefined {
    const base = this.bases().findLast((candidate) => candidate <= offset);
    return base === undefined ? undefined : this.segment(base)?.chunkWith(offset);
  }

  /** Deletes the files of the first segments, up to but not including the one that begins at `base`. */
  dropBefore(base: number): number {
    // The newest is never dropped: it carries the offsets on.
    const victims = this.bases()
      .slice(0, -1)
      .filter((candidate) => candidate < base);
    for (const victim of victims) rmSync(this.path(victim), { force: true });
    // Also heads that somebody made anew who opened a segment while it was being dropped.
    const earliest = this.earliest();
    for (const head of this.basesOf(HEAD_FILE)) {
      if (head < earliest) rmSync(headPath(this.path(head)), { force: true });
    }
    if (victims.length > 0) flushDirectory(this.dir);
    return victims.length;
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

  async close(): Promise<void> {
    const open = [...this.segments.values()];
    this.segments.clear();
    this.newest = undefined;
    await Promise.all(open.map((segment) => segment.close()));
  }

  /** Undefined when somebody was first and theirs is gone again already. */
  private create(base: number): Segment | undefined {
    Segment.create(this.path(base));
    flushDirectory(this.dir);
    return this.segment(base);
  }

  private basesOf(pattern: RegExp): number[] {
    const bases: number[] = [];
    for (const name of readdirSync(this.dir)) {
      const match = pattern.exec(name);
      if (match) bases.push(Number(match[1]));
    }
    return bases.sort((a, b) => a - b);
  }

  private path(base: number): string {
    return join(this.dir, `${String(base).padStart(16, '0')}.log`);
  }
}
