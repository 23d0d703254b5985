import type { ConsentBits } from '../../shared/domain/consent/bits';
import { decideConsent, type ConsentOptions } from '../../shared/domain/consent/decide';
import type { BidRequest } from '../request/bid-request';

/** What this request allows; it holds for the request and changes nothing stored. */
export function consentOf({ regs, user, device }: BidRequest, options: ConsentOptions): ConsentBits {
  return decideConsent(
    {
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
    },
    options,
  );
}
