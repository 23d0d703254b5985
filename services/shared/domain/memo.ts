/**
 * Remembers results of a pure function of a text within a bound of memory: two generations, of which the
 * older is dropped whole. No bookkeeping on a hit, unlike an LRU, and a flood of new texts costs at most two
 * generations.
 */
export class Memo<T> {
  readonly #compute: (text: string) => T;
  readonly #charsMax: number;
  #young = new Map<string, T>();
  #old = new Map<string, T>();
  #chars = 0;

  /** `charsMax`: characters of the texts of one generation. */
  constructor(compute: (text: string) => T, charsMax: number) {
    this.#compute = compute;
    this.#charsMax = charsMax;
  }

  get(text: string): T {
    const known = this.#young.get(text);
    if (known !== undefined) return known;
    const value = this.#old.get(text) ?? this.#compute(text);
    if (this.#chars + text.length > this.#charsMax) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#chars = 0;
    }
    this.#chars += text.length;
    this.#young.set(text, value);
    return value;
  }
}
