import { MAX_PACKED_NUMBER } from '../packing';

/** Identity and person numbers as keys: six bytes, big-endian, so that they sort by value. */
export const numberKey = {
  writeKey(value: number, target: Uint8Array, start: number): number {
    if (!(value >= 0 && value <= MAX_PACKED_NUMBER))
      throw new RangeError(`${value} is no unsigned 48-bit integer`);
    const high = Math.floor(value / 0x100000000);
    const low = value >>> 0;
    target[start] = high >>> 8;
    target[start + 1] = high;
    target[start + 2] = low >>> 24;
    target[start + 3] = low >>> 16;
    target[start + 4] = low >>> 8;
    target[start + 5] = low;
    return start + 6;
  },
  readKey(source: Uint8Array, start: number): number {
    let value = 0;
    for (let i = 0; i < 6; i++) value = value * 256 + source[start + i]!;
    return value;
  },
};
