/** One bid's part of a budget, until it is billed or runs out. */
export interface Reservation {
  /** The bid's id is this and the number in base 36, see `bidId`. */
  idPrefix: string;
  /** Number of the bid within its process. */
  sequence: number;
  lineItemId: string;
  /** Units of `unitMicros`. */
  cost: number;
  unitMicros: number;
  /** Epoch ms of the bid. */
  at: number;
}

const CHUNK = 4_096;

/** Ids that no two processes share, which need no text kept for each bid. */
export function bidId(idPrefix: string, sequence: number): string {
  return idPrefix + sequence.toString(36);
}

interface Chunk {
  sequence: Float64Array;
  cost: Float64Array;
  unitMicros: Float64Array;
  at: Float64Array;
  lineItemId: string[];
  idPrefix: string[];
  from: number;
  to: number;
}

/**
 * Reservations in the order in which they were made, in flat arrays: a busy process has millions of them
 * within the minutes that a bid may be billed, and objects would cost the collector dearly.
 */
export class Reservations {
  #chunks: Chunk[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push({ idPrefix, sequence, lineItemId, cost, unitMicros, at }: Reservation): void {
    let chunk = this.#chunks[this.#chunks.length - 1];
    if (chunk === undefined || chunk.to === CHUNK) {
      chunk = newChunk();
      this.#chunks.push(chunk);
    }
    chunk.sequence[chunk.to] = sequence;
    chunk.cost[chunk.to] = cost;
    chunk.unitMicros[chunk.to] = unitMicros;
    chunk.at[chunk.to] = at;
    chunk.lineItemId.push(lineItemId);
    chunk.idPrefix.push(idPrefix);
    chunk.to += 1;
    this.#size += 1;
  }

  /** Up to `countMax` of the oldest that were made before `beforeMs`; they stay until `drop`. */
  oldest(beforeMs: number, countMax: number): Reservation[] {
    const found: Reservation[] = [];
    for (const chunk of this.#chunks) {
      for (let i = chunk.from; i < chunk.to; i++) {
        if (found.length >= countMax || chunk.at[i]! >= beforeMs) return found;
        found.push({
          idPrefix: chunk.idPrefix[i]!,
          sequence: chunk.sequence[i]!,
          lineItemId: chunk.lineItemId[i]!,
          cost: chunk.cost[i]!,
          unitMicros: chunk.unitMicros[i]!,
          at: chunk.at[i]!,
        });
      }
    }
    return found;
  }

  /** Forgets so many of the oldest. */
  drop(count: number): void {
    this.#size -= count;
    let left = count;
    while (left > 0) {
      const chunk = this.#chunks[0]!;
      const here = Math.min(left, chunk.to - chunk.from);
      chunk.from += here;
      left -= here;
      if (chunk.from === chunk.to) this.#chunks.shift();
    }
  }
}

function newChunk(): Chunk {
  return {
    sequence: new Float64Array(CHUNK),
    cost: new Float64Array(CHUNK),
    unitMicros: new Float64Array(CHUNK),
    at: new Float64Array(CHUNK),
    lineItemId: [],
    idPrefix: [],
    from: 0,
    to: 0,
  };
}
