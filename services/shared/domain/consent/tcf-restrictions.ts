import { BitLength } from '@iabtcf/core';
import { readInt, readRange } from './tcf-segments';

/** Restriction types of TCF v2; where several hold, the smallest is the strictest. */
export const RESTRICTION = { notAllowed: 0, requireConsent: 1, requireLegitimateInterest: 2 } as const;

/** Purpose → restriction type that a publisher put on one vendor. */
export type VendorRestrictions = ReadonlyMap<number, number>;

/**
 * Publisher restrictions on one vendor, read from the bits of the core segment's last field without expanding
 * a range. Throws DecodingError where the bits end too early.
 */
export function readRestrictions(bits: string, vendorId: number): VendorRestrictions {
  const found = new Map<number, number>();
  const count = readInt(bits, 0, BitLength.numRestrictions);
  let at = BitLength.numRestrictions;
  for (let i = 0; i < count; i++) {
    const purpose = readInt(bits, at, BitLength.purposeId);
    at += BitLength.purposeId;
    const type = readInt(bits, at, BitLength.restrictionType);
    at += BitLength.restrictionType;
    const entries = readInt(bits, at, BitLength.numEntries);
    at += BitLength.numEntries;
    for (let entry = 0; entry < entries; entry++) {
      const range = readRange(bits, at);
      at = range.end;
      if (vendorId < range.from || vendorId > range.to) continue;
      found.set(purpose, Math.min(type, found.get(purpose) ?? type));
    }
  }
  return found;
}
