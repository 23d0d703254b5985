const NEWLINE = 0x0a;

export interface LineSplitterOptions {
  /** Longer lines are dropped while they arrive, so that one of a gigabyte costs no memory. */
  bytesMax: number;
  /** `line` counts from 1. The bytes are valid only during the call. */
  onLine: (line: number, bytes: Buffer) => void;
  onTooLong: (line: number) => void;
}

/** Cuts a stream of bytes into lines, whatever its chunks are. A final newline is optional. */
export class LineSplitter {
  readonly #options: LineSplitterOptions;
  /** Beginning of a line whose end has not come yet. */
  #carry: Buffer[] = [];
  #carryBytes = 0;
  #dropping = false;
  #line = 1;

  constructor(options: LineSplitterOptions) {
    this.#options = options;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) break;
      this.#finish(chunk.subarray(start, end));
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  /** The stream has ended. */
  end(): void {
    if (this.#carryBytes > 0 || this.#dropping) this.#finish(Buffer.alloc(0));
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0 || this.#dropping) return;
    if (this.#carryBytes + rest.length > this.#options.bytesMax) {
      this.#carry = [];
      this.#carryBytes = 0;
      this.#dropping = true;
      return;
    }
    // A copy: a line's beginning must not keep its whole chunk in memory.
    this.#carry.push(Buffer.from(rest));
    this.#carryBytes += rest.length;
  }

  #finish(rest: Buffer): void {
    const line = this.#line++;
    const tooLong = this.#dropping || this.#carryBytes + rest.length > this.#options.bytesMax;
    const bytes = this.#carry.length === 0 || tooLong ? rest : Buffer.concat([...this.#carry, rest]);
    this.#carry = [];
    this.#carryBytes = 0;
    this.#dropping = false;
    if (tooLong) this.#options.onTooLong(line);
    else this.#options.onLine(line, bytes);
  }
}
