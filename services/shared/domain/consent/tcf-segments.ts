import { Base64Url, BitLength, DecodingError, IntEncoder } from '@iabtcf/core';

/**
 * Prepares a TC string for the IAB's decoder, which expands every range into a set, and publisher
 * restrictions into an unbalanced tree: 50 characters can name 65,535 vendors and cost seconds. So vectors are
 * measured first, restrictions are cut off (tcf-restrictions.ts reads them without expanding), and segments
 * that nobody asks for are left out. TCF v2 "IAB Tech Lab - Consent string and vendor list formats".
 */
export interface TcfSegments {
  /** Core segment without restrictions, and the disclosed vendors where there are any: what to decode. */
  text: string;
  /** Bits of the publisher restrictions. */
  restrictions: string;
  hasDisclosedVendors: boolean;
}

/** Characters of the longest string that is read; those of real CMPs have some hundreds, at most some thousands. */
const LENGTH_MAX = 16_384;
/** Vendors that one vector may list; the global vendor list has about a thousand. */
const VENDORS_MAX = 10_000;
/** Bits of the core segment in front of the vendor consents. */
const VENDOR_CONSENTS_AT = 213;
const SEGMENT_DISCLOSED_VENDORS = 1;

/** Throws DecodingError where the string is no TC string of version 2. */
export function splitTcf(text: string): TcfSegments {
  if (text.length > LENGTH_MAX) throw new DecodingError('too long');
  const [core = '', ...others] = text.split('.');
  const bits = Base64Url.decode(core);
  if (readInt(bits, 0, BitLength.version) !== 2) throw new DecodingError('not of version 2');
  const restrictionsAt = skipVector(bits, skipVector(bits, VENDOR_CONSENTS_AT));
  const disclosed = others.find((segment) => segmentType(segment) === SEGMENT_DISCLOSED_VENDORS);
  if (disclosed !== undefined) skipVector(Base64Url.decode(disclosed), BitLength.segmentType);
  const noRestrictions = '0'.repeat(BitLength.numRestrictions);
  const head = Base64Url.encode(bits.slice(0, restrictionsAt) + noRestrictions);
  return {
    text: disclosed === undefined ? head : `${head}.${disclosed}`,
    restrictions: bits.slice(restrictionsAt),
    hasDisclosedVendors: disclosed !== undefined,
  };
}

export function readInt(bits: string, at: number, length: number): number {
  // Throws when the bits end too early.
  return IntEncoder.decode(bits.slice(at, at + length), length);
}

function segmentType(segment: string): number {
  return readInt(Base64Url.decode(segment.slice(0, 1)), 0, BitLength.segmentType);
}

/** The position behind an optimised vendor vector (bit field or ranges) that lists not too many vendors. */
function skipVector(bits: string, start: number): number {
  const maxId = readInt(bits, start, BitLength.maxId);
  let at = start + BitLength.maxId;
  const isRange = bits[at] === '1';
  at += BitLength.encodingType;
  if (!isRange) {
    if (maxId > VENDORS_MAX) throw new DecodingError('too many vendors');
    return at + maxId;
  }
  const entries = readInt(bits, at, BitLength.numEntries);
  at += BitLength.numEntries;
  let vendors = 0;
  for (let i = 0; i < entries; i++) {
    const range = readRange(bits, at);
    vendors += range.to - range.from + 1;
    if (vendors > VENDORS_MAX || range.to < range.from) throw new DecodingError('too many vendors');
    at = range.end;
  }
  return at;
}

/** One entry of a range section: a vendor id, or the first and last of several. */
export function readRange(bits: string, at: number): { from: number; to: number; end: number } {
  const width = BitLength.vendorId;
  const isRange = bits[at] === '1';
  const first = at + BitLength.singleOrRange;
  const from = readInt(bits, first, width);
  if (!isRange) return { from, to: from, end: first + width };
  return { from, to: readInt(bits, first + width, width), end: first + 2 * width };
}
