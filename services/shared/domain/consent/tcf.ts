import { TCString, type TCModel } from '@iabtcf/core';
import { CONSENT, type ConsentBits } from './bits';
import { Memo } from '../memo';
import { readRestrictions, RESTRICTION, type VendorRestrictions } from './tcf-restrictions';
import { splitTcf, type TcfSegments } from './tcf-segments';

/** Strings made from here on need the Disclosed Vendors segment (TCF 2.3); older ones stay valid. */
const DISCLOSURE_REQUIRED_FROM_MS = Date.UTC(2026, 2, 1);
const MEMO_CHARS_MAX = 4_000_000;
/** Decoded, a string is large; it is kept while one request asks for several vendors. */
const DECODED_CHARS_MAX = 50_000;
/** Our vendor with that of each provider, and our own alone: a bound on memory, never met in practice. */
const MEMOS_MAX = 256;

const decodedStrings = new Memo(decode, DECODED_CHARS_MAX);
const memos = new Map<string, Memo<{ bits: ConsentBits | null }>>();

/**
 * What a TC string allows, as bits without `signal`; null when it is unreadable or invalid. Each of `vendors`
 * needs consent of its own; without any only the purposes are asked. Order of TCF v2 "How should a vendor
 * determine its legal basis": publisher restrictions, purpose, vendor. Never throws. Results are remembered.
 */
export function tcfConsent(text: string, vendors: readonly number[]): ConsentBits | null {
  const key = vendors.join();
  let memo = memos.get(key);
  if (memo === undefined) {
    if (memos.size >= MEMOS_MAX) memos.clear();
    memo = new Memo((string) => ({ bits: decide(string, vendors) }), MEMO_CHARS_MAX);
    memos.set(key, memo);
  }
  return memo.get(text).bits;
}

interface Decoded {
  model: TCModel;
  segments: TcfSegments;
}

function decide(text: string, vendors: readonly number[]): ConsentBits | null {
  const decoded = decodedStrings.get(text);
  if (decoded === null) return null;
  const { model, segments } = decoded;
  try {
    if (vendors.length === 0) return gates((purpose) => purposeAllowed(model, purpose));
    const allowed = vendors.map((vendor) => vendorGates(model, segments, vendor));
    return allowed.reduce((all, bits) => all & bits);
  } catch (error) {
    return unreadable(error);
  }
}

/** Null where the string is unreadable or not valid. */
function decode(text: string): Decoded | null {
  try {
    const segments = splitTcf(text);
    const model = TCString.decode(segments.text);
    return isValid(model, segments) ? { model, segments } : null;
  } catch (error) {
    return unreadable(error);
  }
}

/** The decoder throws its own errors, and plain TypeErrors on what it does not expect: all mean unreadable. */
function unreadable(error: unknown): null {
  if (error instanceof Error) return null;
  throw error;
}

function isValid(model: TCModel, segments: TcfSegments): boolean {
  const created = model.created.getTime();
  return Number.isFinite(created) && (created < DISCLOSURE_REQUIRED_FROM_MS || segments.hasDisclosedVendors);
}

function vendorGates(model: TCModel, segments: TcfSegments, vendor: number): ConsentBits {
  if (segments.hasDisclosedVendors && !model.vendorsDisclosed.has(vendor)) return 0;
  const restrictions = readRestrictions(segments.restrictions, vendor);
  return gates((purpose) => vendorAllowed(model, restrictions, vendor, purpose));
}

function vendorAllowed(
  model: TCModel,
  restrictions: VendorRestrictions,
  vendor: number,
  purpose: Purpose,
): boolean {
  const restriction = restrictions.get(purpose);
  if (restriction === RESTRICTION.notAllowed) return false;
  const byConsent =
    restriction !== RESTRICTION.requireLegitimateInterest &&
    model.purposeConsents.has(purpose) &&
    model.vendorConsents.has(vendor);
  if (byConsent) return true;
  return (
    mayBeLegitimateInterest(purpose) &&
    restriction !== RESTRICTION.requireConsent &&
    model.purposeLegitimateInterests.has(purpose) &&
    model.vendorLegitimateInterests.has(vendor)
  );
}

function purposeAllowed(model: TCModel, purpose: Purpose): boolean {
  return (
    model.purposeConsents.has(purpose) ||
    (mayBeLegitimateInterest(purpose) && model.purposeLegitimateInterests.has(purpose))
  );
}

type Purpose = 1 | 3 | 4 | 7;

/** Purpose 1 rests on consent alone, purposes 3 to 6 have had no legitimate interest since TCF 2.2. */
function mayBeLegitimateInterest(purpose: Purpose): boolean {
  return purpose === 7;
}

function gates(allowed: (purpose: Purpose) => boolean): ConsentBits {
  const storage = allowed(1);
  const profile = storage && allowed(3);
  return (
    (storage ? CONSENT.storage : 0) |
    (profile ? CONSENT.profile : 0) |
    (profile && allowed(4) ? CONSENT.personalisation : 0) |
    (allowed(7) ? CONSENT.measurement : 0)
  );
}
