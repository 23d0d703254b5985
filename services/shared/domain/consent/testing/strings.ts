import { GppModel } from '@iabgpp/cmpapi';
import {
  type GVL,
  PurposeRestriction,
  type RestrictionType,
  Segment,
  SegmentEncoder,
  TCModel,
} from '@iabtcf/core';

const VENDOR_IDS = new Set(Array.from({ length: 2_000 }, (_, i) => i + 1));

export interface TcStringOptions {
  purposes?: number[];
  legitimateInterests?: number[];
  vendors?: number[];
  vendorLegitimateInterests?: number[];
  restrictions?: { purpose: number; type: RestrictionType; vendors: number[] }[];
  /** @default 2025-01-01, before TCF 2.3 */
  created?: string;
  /** Adds the Disclosed Vendors segment. */
  disclosed?: number[];
  /** Adds the segment of the publisher's own purposes. */
  publisher?: boolean;
}

/** A TC string of version 2, made by the IAB's encoder. */
export function tcString(options: TcStringOptions): string {
  const model = new TCModel();
  model.cmpId = 31;
  model.cmpVersion = 1;
  model.created = new Date(options.created ?? '2025-01-01T00:00:00Z');
  model.lastUpdated = model.created;
  model.purposeConsents.set(options.purposes ?? []);
  model.purposeLegitimateInterests.set(options.legitimateInterests ?? []);
  model.vendorConsents.set(options.vendors ?? []);
  model.vendorLegitimateInterests.set(options.vendorLegitimateInterests ?? []);
  for (const { purpose, type, vendors } of options.restrictions ?? []) {
    for (const vendor of vendors) {
      model.publisherRestrictions.add(vendor, new PurposeRestriction(purpose, type));
    }
  }
  // The encoder asks which vendors exist between two ids: all of them. A whole list would drop restrictions
  // that its vendors' declarations do not allow.
  model.publisherRestrictions.gvl = { vendorIds: VENDOR_IDS } as GVL;
  const segments = [Segment.CORE];
  if (options.disclosed !== undefined) {
    model.vendorsDisclosed.set(options.disclosed);
    segments.push(Segment.VENDORS_DISCLOSED);
  }
  if (options.publisher === true) segments.push(Segment.PUBLISHER_TC);
  return segments.map((segment) => SegmentEncoder.encode(model, segment)).join('.');
}

/** A GPP string of the given sections (name → fields), made by the IAB's encoder. */
export function gppString(sections: Record<string, Record<string, unknown>>): string {
  const model = new GppModel();
  for (const [section, fields] of Object.entries(sections)) {
    for (const [field, value] of Object.entries(fields)) model.setFieldValue(section, field, value);
  }
  return model.encode();
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Bits as digits of base64url, six to each, filled up with zeros: for strings that no encoder would make. */
export function bitsToDigits(bits: string): string {
  return (bits.padEnd(Math.ceil(bits.length / 6) * 6, '0').match(/.{6}/g) ?? [])
    .map((six) => DIGITS.charAt(parseInt(six, 2)))
    .join('');
}

export function digitsToBits(digits: string): string {
  return [...digits].map((digit) => DIGITS.indexOf(digit).toString(2).padStart(6, '0')).join('');
}
