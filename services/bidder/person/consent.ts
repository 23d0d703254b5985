import { allows, type ConsentBits } from '../../shared/domain/consent/bits';
import { decideConsent, type ConsentOptions } from '../../shared/domain/consent/decide';
import type { ConsentSignals } from '../../shared/domain/consent/signals';
import type { BidRequest } from '../request/bid-request';

/** What this request allows; it holds for the request and changes nothing stored. */
export function consentOf(request: BidRequest, options: ConsentOptions): ConsentBits {
  return decideConsent(signalsOf(request), options);
}

const NONE: readonly number[] = [];

/**
 * Which of these providers' TCF ids may not have their data used on this request, although we may: TCF v2 asks for
 * the consent of each vendor. Only a string tells vendors apart.
 */
export function deniedVendors(
  vendors: readonly number[],
  request: BidRequest,
  options: ConsentOptions,
): readonly number[] {
  if (vendors.length === 0 || (request.user.consent === undefined && request.regs.gpp === undefined))
    return NONE;
  const signals = signalsOf(request);
  return vendors.filter(
    (extraVendorId) => !allows(decideConsent(signals, { ...options, extraVendorId }), 'personalisation'),
  );
}

function signalsOf({ regs, user, device }: BidRequest): ConsentSignals {
  return {
    gdpr: regs.gdpr,
    gdprConsent: user.consent,
    usPrivacy: regs.usPrivacy,
    gpp: regs.gpp,
    gppSid: regs.gppSid,
    gpc: regs.gpc,
    coppa: regs.coppa,
    lmt: device.lmt,
    country: device.geo.country,
    ip: device.ip,
  };
}
