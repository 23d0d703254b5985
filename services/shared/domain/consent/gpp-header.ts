import { DecodingError, HeaderV1 } from '@iabgpp/cmpapi';

/** Section ids are below 30; more than this is no header of a CMP. */
const SECTION_ID_MAX = 255;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Bits in front of the section ranges: type, version. */
const RANGES_AT = 12;
const COUNT_BITS = 12;

/**
 * Section ids of a GPP string's header, in the order of its sections. Measured before the IAB's decoder sees
 * it, which expands ranges of Fibonacci numbers: 12 characters can name a thousand million sections. Throws
 * DecodingError when it is unreadable.
 */
export function gppSectionIds(header: string): number[] {
  if (!header.startsWith('DB') || header.length > 256) throw new DecodingError('no GPP header of version 1');
  const bits = [...header].map((digit) => DIGITS.indexOf(digit).toString(2).padStart(6, '0')).join('');
  const entries = parseInt(bits.slice(RANGES_AT, RANGES_AT + COUNT_BITS), 2);
  let at = RANGES_AT + COUNT_BITS;
  let last = 0;
  for (let entry = 0; entry < entries; entry++) {
    const numbers = bits[at] === '1' ? 2 : 1;
    at += 1;
    for (let i = 0; i < numbers; i++) {
      const end = bits.indexOf('11', at);
      if (end === -1) throw new DecodingError('the header ends too early');
      last += fibonacci(bits.slice(at, end + 1));
      at = end + 2;
    }
    if (last > SECTION_ID_MAX) throw new DecodingError('no such section');
  }
  return new HeaderV1(header).getFieldValue('SectionIds') as number[];
}

/** Value of a Fibonacci code without its closing 1. */
function fibonacci(code: string): number {
  let [previous, weight, value] = [1, 1, 0];
  for (const bit of code) {
    if (bit === '1') value += weight;
    [previous, weight] = [weight, previous + weight];
  }
  return value;
}
