import fc from 'fast-check';
import {
  andInto,
  andNotInto,
  createBitset,
  createFullBitset,
  hasBit,
  isEmpty,
  nextBit,
  orInto,
  setBit,
} from './bitset';

const members = fc.uniqueArray(fc.integer({ min: 0, max: 99 }));

function bitsOf(numbers: number[]): Uint32Array {
  const bits = createBitset(100);
  for (const number of numbers) setBit(bits, number);
  return bits;
}

function walk(bits: Uint32Array): number[] {
  const found: number[] = [];
  for (let at = nextBit(bits, 0); at !== -1; at = nextBit(bits, at + 1)) found.push(at);
  return found;
}

test('a walk meets exactly the members, in order', () => {
  fc.assert(
    fc.property(members, (numbers) => {
      expect(walk(bitsOf(numbers))).toEqual([...numbers].sort((a, b) => a - b));
      expect(isEmpty(bitsOf(numbers))).toBe(numbers.length === 0);
    }),
  );
});

test('and, or and and-not are those of sets', () => {
  fc.assert(
    fc.property(members, members, (a, b) => {
      const [and, or, not] = [bitsOf(a), bitsOf(a), bitsOf(a)];
      andInto(and, bitsOf(b));
      orInto(or, bitsOf(b));
      andNotInto(not, bitsOf(b));
      for (let i = 0; i < 100; i++) {
        expect(hasBit(and, i)).toBe(a.includes(i) && b.includes(i));
        expect(hasBit(or, i)).toBe(a.includes(i) || b.includes(i));
        expect(hasBit(not, i)).toBe(a.includes(i) && !b.includes(i));
      }
    }),
  );
});

test('a full set has no member beyond its size', () => {
  for (const size of [0, 1, 31, 32, 33, 64, 100]) expect(walk(createFullBitset(size))).toHaveLength(size);
});
