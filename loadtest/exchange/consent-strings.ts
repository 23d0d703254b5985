import { GppModel } from '@iabgpp/cmpapi';
import { Segment, SegmentEncoder, TCModel } from '@iabtcf/core';
import type { Chance } from '../../services/main/demo/world';

const VENDORS = 1_000;
const PURPOSES = 10;
const YEAR_MS = 365 * 86_400_000;
/** Strings are made for a day, so that a seed gives the same ones whenever it is played. */
const MADE_FROM = Date.UTC(2025, 0, 1);

/** A TC string as consent platforms write it: all or nothing for the purposes, a few hundred vendors as bits. */
export function tcString(chance: Chance, isGranted: boolean): string {
  const model = new TCModel();
  model.cmpId = 2 + chance.below(300);
  model.cmpVersion = 1 + chance.below(5);
  model.created = new Date(MADE_FROM + chance.below(YEAR_MS));
  model.lastUpdated = model.created;
  if (isGranted) {
    model.purposeConsents.set(numbers(PURPOSES));
    model.vendorConsents.set(numbers(VENDORS).filter(() => chance.next() < 0.7));
  }
  return SegmentEncoder.encode(model, Segment.CORE);
}

/** A GPP string with the US national section. */
export function gppString(isOptedOut: boolean): string {
  const model = new GppModel();
  for (const field of ['SaleOptOutNotice', 'SharingOptOutNotice', 'TargetedAdvertisingOptOutNotice'])
    model.setFieldValue('usnat', field, 1);
  for (const field of ['SaleOptOut', 'SharingOptOut', 'TargetedAdvertisingOptOut'])
    model.setFieldValue('usnat', field, isOptedOut ? 1 : 2);
  return model.encode();
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n + 1);
}
