import type { Shares } from './shares';

/**
 * What an open exchange sends to a bidder that listens to all of it. The shares are round numbers, chosen to have every
 * kind of request in them rather than to copy one exchange: see README.md of this folder's parent for what they rest on.
 */
export const MIX = {
  /** Impressions in one request, as ranges. */
  imps: [
    [[1, 1], 0.62],
    [[2, 3], 0.2],
    [[4, 8], 0.13],
    [[9, 20], 0.05],
  ] satisfies Shares<readonly [number, number]>,
  place: [
    ['site', 0.58],
    ['app', 0.4],
    ['neither', 0.02],
  ] satisfies Shares<'site' | 'app' | 'neither'>,
  medium: [
    ['banner', 0.8],
    ['video', 0.13],
    ['native', 0.06],
    ['audio', 0.01],
  ] satisfies Shares<'banner' | 'video' | 'native' | 'audio'>,
  /** A person may be in our lookups, named but unknown to us, or not named at all. */
  person: [
    ['known', 0.4],
    ['unknown', 0.45],
    ['none', 0.15],
  ] satisfies Shares<'known' | 'unknown' | 'none'>,
  country: [
    ['USA', 0.38],
    ['GBR', 0.1],
    ['DEU', 0.1],
    ['FRA', 0.08],
    ['BRA', 0.1],
    ['JPN', 0.08],
    ['IND', 0.1],
    ['CAN', 0.06],
  ] satisfies Shares<string>,
  /** Where TCF applies: consent to all, refusal of all, no string. */
  tcf: [
    ['granted', 0.65],
    ['denied', 0.25],
    ['missing', 0.1],
  ] satisfies Shares<'granted' | 'denied' | 'missing'>,
  /** In the United States. */
  usPrivacy: [
    ['usp', 0.35],
    ['gpp', 0.45],
    ['none', 0.2],
  ] satisfies Shares<'usp' | 'gpp' | 'none'>,
  usOptOut: 0.12,
  limitAdTracking: 0.3,
  deals: 0.1,
  gzip: 0.25,
  /** Requests of the older kind, with what 2.6 made first-class still in `ext`. */
  openRtb25: 0.3,
} as const;

export const TCF_COUNTRIES: ReadonlySet<string> = new Set(['GBR', 'DEU', 'FRA']);
