import { getAlpha2Codes } from 'i18n-iso-countries';

/** ISO 3166-1. Requests should carry alpha-3 (OpenRTB 3.2.19), many carry alpha-2. */
const ALPHA3_OF: ReadonlyMap<string, string> = new Map(Object.entries(getAlpha2Codes()));
const ALPHA2_OF: ReadonlyMap<string, string> = new Map(
  [...ALPHA3_OF].map(([alpha2, alpha3]) => [alpha3, alpha2]),
);

/** Alpha-3 of either code, any case; what is neither comes back in upper case. */
export function toAlpha3(country: string): string {
  if (ALPHA2_OF.has(country)) return country;
  const upper = country.trim().toUpperCase();
  return ALPHA3_OF.get(upper) ?? upper;
}

/** Undefined for what is no country. */
export function toAlpha2(alpha3: string): string | undefined {
  return ALPHA2_OF.get(alpha3);
}

/**
 * Forms under which a region can be named, lower case: OpenRTB's own (`CA`) and that of ISO 3166-2 (`US-CA`).
 * Exchanges send both, and advertisers write both.
 */
export function regionForms(region: string, alpha3: string | undefined): string[] {
  const own = region.trim().toLowerCase();
  const dash = own.indexOf('-');
  if (dash !== -1) return [own, own.slice(dash + 1)];
  const alpha2 = alpha3 === undefined ? undefined : toAlpha2(alpha3);
  return alpha2 === undefined ? [own] : [own, `${alpha2.toLowerCase()}-${own}`];
}
