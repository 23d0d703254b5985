import { isTcfCountry } from '../geo/territory';
import { CONSENT, CONSENT_DEFAULT_ALLOWED, type ConsentBits } from './bits';
import { GPP_TCF_EU, gppSections, type GppSections } from './gpp';
import { parseGppSid, type ConsentSignals } from './signals';
import { tcfConsent } from './tcf';
import { usPrivacyOptOut } from './us-privacy';

export interface ConsentOptions {
  /** Our id on the global vendor list; without it our own bit is not asked for, the purposes are. */
  vendorId?: number;
  /** Id of a provider whose data it is: its own consent is needed too. */
  extraVendorId?: number;
  /** Country of an address; without it addresses say nothing. */
  countryOfAddress?: (ip: string) => string | undefined;
}

/** Opted out of sale and sharing: a cookie and a count may stay, a profile and its use may not. */
const OPTED_OUT = CONSENT_DEFAULT_ALLOWED & ~(CONSENT.profile | CONSENT.personalisation);
/** COPPA: nothing that recognises the child, a cookie included. */
const CHILD = CONSENT.measurement;
const NO_SECTIONS: GppSections = new Map();

/**
 * What may be done, from everything that was said. `gdpr=1`, or a TCF string without `gdpr=0`: TCF decides, and
 * no or an unreadable string means no. `gdpr=0`: TCF does not apply, wherever the address. Neither: it applies
 * to an address or `country` in the EEA, the UK or Switzerland. Every opt-out (US privacy, GPP, GPC, COPPA,
 * LMT) holds beside it; what is unreadable opts nobody out.
 *
 * Bit `signal` is set when a readable choice decided: a string, GPC, COPPA, LMT. A missing or unreadable
 * string where TCF applies allows nothing, but it is no choice that would undo one that was stated before.
 */
export function decideConsent(signals: ConsentSignals, options: ConsentOptions): ConsentBits {
  const gdpr = signals.gdpr === undefined ? undefined : String(signals.gdpr);
  const sid = parseGppSid(signals.gppSid);
  const sections = signals.gpp ? applicable(gppSections(signals.gpp), sid) : NO_SECTIONS;
  let bits = CONSENT_DEFAULT_ALLOWED;
  let stated = false;

  if (gdpr !== '0') {
    const strings = tcfStrings(signals, sections);
    if (strings.length > 0 || gdpr === '1' || sid.includes(GPP_TCF_EU)) {
      const vendors = vendorsOf(options);
      const decided = strings.map((text) => tcfConsent(text, vendors));
      bits = decided.length === 0 ? 0 : decided.reduce<ConsentBits>((all, tcf) => all & (tcf ?? 0), bits);
      stated = decided.some((tcf) => tcf !== null);
    } else if (isInTcfCountry(signals, options)) {
      bits = 0;
    }
  }

  for (const verdict of sections.values()) {
    if (verdict.kind === 'tcf') continue;
    stated = true;
    if (verdict.kind === 'bits') bits &= verdict.bits;
    if (verdict.kind === 'opt-out') bits &= OPTED_OUT;
  }
  const usOptOut = signals.usPrivacy ? usPrivacyOptOut(signals.usPrivacy) : undefined;
  if (usOptOut !== undefined) stated = true;
  if (usOptOut === true || signals.gpc === true || signals.lmt === true) bits &= OPTED_OUT;
  if (signals.coppa === true) bits &= CHILD;
  if (signals.gpc === true || signals.lmt === true || signals.coppa === true) stated = true;
  return stated ? bits | CONSENT.signal : bits;
}

/** The sections that `gpp_sid` names; all of them where it names none. */
function applicable(sections: GppSections, sid: readonly number[]): GppSections {
  if (sid.length === 0) return sections;
  return new Map([...sections].filter(([id]) => sid.includes(id)));
}

function tcfStrings(signals: ConsentSignals, sections: GppSections): string[] {
  const strings: string[] = [];
  if (signals.gdprConsent) strings.push(signals.gdprConsent);
  const section = sections.get(GPP_TCF_EU);
  if (section?.kind === 'tcf') strings.push(section.text);
  return strings;
}

function vendorsOf({ vendorId, extraVendorId }: ConsentOptions): number[] {
  const vendors: number[] = [];
  if (vendorId !== undefined) vendors.push(vendorId);
  if (extraVendorId !== undefined) vendors.push(extraVendorId);
  return vendors;
}

function isInTcfCountry(signals: ConsentSignals, { countryOfAddress }: ConsentOptions): boolean {
  if (signals.country && isTcfCountry(signals.country)) return true;
  const country = signals.ip && countryOfAddress ? countryOfAddress(signals.ip) : undefined;
  return country !== undefined && isTcfCountry(country);
}
