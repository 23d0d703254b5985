/** Numbers set aside for one user. */
export interface NumberLease {
  /** Throws when more are asked for than were reserved. */
  next(): number;
  /** Gives back what was not used. */
  release(): void;
}

interface Range {
  next: number;
  /** Exclusive. */
  end: number;
}

/**
 * Permanent numbers out of blocks that CATALOG hands out. What is left of a block when the process ends is
 * lost: gaps are fine, reuse is not.
 */
export class NumberBlocks {
  private ranges: Range[] = [];
  private available = 0;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly nextBlock: (size: number) => Promise<number>,
    private readonly blockSize = 10_000,
  ) {}

  /** Sets `count` numbers aside, fetching blocks as needed. */
  async reserve(count: number): Promise<NumberLease> {
    // One at a time: what one call fetched must not be taken by another in between.
    const turn = this.queue.then(() => this.ensure(count)).then(() => this.take(count));
    this.queue = turn.then(
      () => undefined,
      () => undefined,
    );
    const own = await turn;
    return {
      next: () => {
        while (own.length > 0 && own[0]!.next >= own[0]!.end) own.shift();
        const range = own[0];
        if (range === undefined) throw new Error('more numbers are used than were reserved');
        return range.next++;
      },
      release: () => {
        for (const range of own.splice(0)) this.put(range);
      },
    };
  }

  private async ensure(count: number): Promise<void> {
    while (this.available < count) {
      const size = Math.max(this.blockSize, count - this.available);
      const next = await this.nextBlock(size);
      this.put({ next, end: next + size });
    }
  }

  private take(count: number): Range[] {
    const taken: Range[] = [];
    for (let missing = count; missing > 0;) {
      const range = this.ranges[0]!;
      const size = Math.min(missing, range.end - range.next);
      taken.push({ next: range.next, end: range.next + size });
      range.next += size;
      if (range.next >= range.end) this.ranges.shift();
      missing -= size;
    }
    this.available -= count;
    return taken;
  }

  private put(range: Range): void {
    if (range.next >= range.end) return;
    this.ranges.push(range);
    this.available += range.end - range.next;
  }
}
