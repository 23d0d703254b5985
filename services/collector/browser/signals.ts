import type { IncomingMessage } from 'node:http';
import type { ConsentSignals } from '../../shared/domain/consent/signals';
import { clientAddress } from './client-address';

/** What a browser's call says about consent: its parameters, with the names that exchanges use for them, and headers. */
export function browserSignals(req: IncomingMessage, query: URLSearchParams): ConsentSignals {
  return {
    gdpr: query.get('gdpr') ?? undefined,
    gdprConsent: query.get('gdpr_consent') ?? undefined,
    usPrivacy: query.get('us_privacy') ?? query.get('ccpa') ?? query.get('usp') ?? undefined,
    gpp: query.get('gpp') ?? undefined,
    gppSid: query.get('gpp_sid') ?? undefined,
    gpc: req.headers['sec-gpc'] === '1',
    ip: clientAddress(req),
  };
}
