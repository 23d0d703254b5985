/** What somebody said about consent, as it came: nothing here is decoded, absent means nothing was said. */
export interface ConsentSignals {
  /** `1` or `0`; anything else (an unfilled macro) counts as not said. */
  gdpr?: string | number;
  /** TCF string, version 2. */
  gdprConsent?: string;
  /** US privacy string (`1YNN`). */
  usPrivacy?: string;
  /** GPP string. */
  gpp?: string;
  /** GPP section ids that apply; as text separated by comma or underscore. */
  gppSid?: readonly number[] | string;
  /** Global Privacy Control: `Sec-GPC: 1`, `regs.ext.gpc`. */
  gpc?: boolean;
  /** The request is subject to COPPA. */
  coppa?: boolean;
  /** Limit ad tracking. */
  lmt?: boolean;
  /** ISO 3166-1 alpha-2 or alpha-3, from `device.geo`. */
  country?: string;
  /** The person's own address; never that of a server speaking for them. */
  ip?: string;
}

const NO_IDS: readonly number[] = [];

/** Section ids; empty when none were said or none are readable. */
export function parseGppSid(gppSid: ConsentSignals['gppSid']): readonly number[] {
  if (gppSid === undefined) return NO_IDS;
  if (typeof gppSid !== 'string') return gppSid;
  return gppSid
    .split(/[,_]/)
    .map(Number)
    .filter((id) => Number.isInteger(id) && id > 0);
}
