import { isTcfCountry } from '../geo/territory';
import { allows, CONSENT, CONSENT_DEFAULT_ALLOWED, type ConsentBits } from './bits';
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
 * string where TCF applies allows nothing, but it is no choice that would undo one that was stated before; nor is a
 * consent that the provider of the data lacks and we have.
 */
export function decideConsent(signals: ConsentSignals, options: ConsentOptions): ConsentBits {
  const { vendorId, extraVendorId } = options;
  const us = vendorId === undefined ? [] : [vendorId];
  const ours = decide(signals, us, options);
  if (extraVendorId === undefined) return ours;
  const both = decide(signals, [...us, extraVendorId], options);
  // What is refused to us is a choice, whatever the provider has.
  return both === ours || !allows(ours, 'personalisation') ? both : both & ~CONSENT.signal;
}

function decide(
  signals: ConsentSignals,
  vendors: readonly number[],
  options: Pick<ConsentOptions, 'countryOfAddress'>,
): ConsentBits {
  const sections = signals.gpp
    ? applicable(gppSections(signals.gpp), parseGppSid(signals.gppSid))
    : NO_SECTIONS;
  const tcf = decideTcf(signals, sections, vendors, options);
  const others = decideOthers(signals, sections);
  const bits = tcf.bits & others.bits;
  // Where a TCF string is missing, a choice that takes nothing away is not why nothing is allowed.
  const isStated =
    tcf.isStated || (others.isStated && (tcf.bits !== 0 || others.bits !== CONSENT_DEFAULT_ALLOWED));
  return isStated ? bits | CONSENT.signal : bits;
}

interface Decision {
  bits: ConsentBits;
  /** A readable choice decided. */
  isStated: boolean;
}

function decideTcf(
  signals: ConsentSignals,
  sections: GppSections,
  vendors: readonly number[],
  options: Pick<ConsentOptions, 'countryOfAddress'>,
): Decision {
  const gdpr = signals.gdpr === undefined ? undefined : String(signals.gdpr);
  if (gdpr === '0') return { bits: CONSENT_DEFAULT_ALLOWED, isStated: false };
  const strings = tcfStrings(signals, sections);
  if (strings.length > 0) {
    const decided = strings.map((text) => tcfConsent(text, vendors));
    return {
      bits: decided.reduce<ConsentBits>((all, tcf) => all & (tcf ?? 0), CONSENT_DEFAULT_ALLOWED),
      isStated: decided.some((tcf) => tcf !== null),
    };
  }
  const applies =
    gdpr === '1' || parseGppSid(signals.gppSid).includes(GPP_TCF_EU) || isInTcfCountry(signals, options);
  return { bits: applies ? 0 : CONSENT_DEFAULT_ALLOWED, isStated: false };
}

/** Everything but TCF for Europe. */
function decideOthers({ usPrivacy, gpc, lmt, coppa }: ConsentSignals, sections: GppSections): Decision {
  let bits = CONSENT_DEFAULT_ALLOWED;
  let isStated = gpc === true || lmt === true || coppa === true;
  for (const verdict of sections.values()) {
    if (verdict.kind === 'tcf') continue;
    isStated = true;
    if (verdict.kind === 'bits') bits &= verdict.bits;
    if (verdict.kind === 'opt-out') bits &= OPTED_OUT;
  }
  const usOptOut = usPrivacy ? usPrivacyOptOut(usPrivacy) : undefined;
  if (usOptOut !== undefined) isStated = true;
  if (usOptOut === true || gpc === true || lmt === true) bits &= OPTED_OUT;
  if (coppa === true) bits &= CHILD;
  return { bits, isStated };
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

function isInTcfCountry(
  signals: ConsentSignals,
  { countryOfAddress }: Pick<ConsentOptions, 'countryOfAddress'>,
): boolean {
  if (signals.country && isTcfCountry(signals.country)) return true;
  const country = signals.ip && countryOfAddress ? countryOfAddress(signals.ip) : undefined;
  return country !== undefined && isTcfCountry(country);
}
