/** Sets of small numbers as bits, 32 a word; all sets over one index have the same length. */
export type Bitset = Uint32Array;

export function createBitset(size: number): Bitset {
  return new Uint32Array((size + 31) >>> 5);
}

/** Bits of 0 … size-1 set; the spare bits of the last word stay 0, so that no walk meets them. */
export function createFullBitset(size: number): Bitset {
  const bits = createBitset(size).fill(0xffffffff);
  const spare = size & 31;
  if (spare !== 0) bits[bits.length - 1] = 2 ** spare - 1;
  return bits;
}

export function setBit(bits: Bitset, index: number): void {
  bits[index >>> 5]! |= 1 << (index & 31);
}

export function clearBit(bits: Bitset, index: number): void {
  bits[index >>> 5]! &= ~(1 << (index & 31));
}

export function hasBit(bits: Bitset, index: number): boolean {
  return ((bits[index >>> 5]! >>> (index & 31)) & 1) === 1;
}

export function orInto(target: Bitset, other: Bitset): void {
  for (let word = 0; word < target.length; word++) target[word]! |= other[word]!;
}

export function andInto(target: Bitset, other: Bitset): void {
  for (let word = 0; word < target.length; word++) target[word]! &= other[word]!;
}

export function andNotInto(target: Bitset, other: Bitset): void {
  for (let word = 0; word < target.length; word++) target[word]! &= ~other[word]!;
}

export function isEmpty(bits: Bitset): boolean {
  for (let word = 0; word < bits.length; word++) if (bits[word] !== 0) return false;
  return true;
}

/** Smallest member at or after `from`; -1 when there is none. */
export function nextBit(bits: Bitset, from: number): number {
  let word = from >>> 5;
  if (word >= bits.length) return -1;
  let rest = bits[word]! & (0xffffffff << (from & 31));
  while (rest === 0) {
    word += 1;
    if (word >= bits.length) return -1;
    rest = bits[word]!;
  }
  return (word << 5) + 31 - Math.clz32(rest & -rest);
}
