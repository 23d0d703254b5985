import { CONSENT_DEFAULT_ALLOWED, type ConsentBits } from '../shared/domain/consent/bits';
import { decideConsent, type ConsentOptions } from '../shared/domain/consent/decide';
import type { ConsentSignals } from '../shared/domain/consent/signals';
import { isObject, parsed, rejected, type Parsed } from './parsed';

/**
 * Consent that a server states for a person: `{gdpr, gdpr_consent, us_privacy, gpp, gpp_sid}`, also `gpc`, `coppa`
 * and `lmt` (true or 1). Without it the record is allowed; what a bid request says is checked all the same.
 * The caller's address says nothing about the person.
 */
export function parseStatedConsent(value: unknown, options: ConsentOptions): Parsed<ConsentBits> {
  if (value === undefined || value === null) return parsed(CONSENT_DEFAULT_ALLOWED);
  if (!isObject(value)) return rejected('invalid_field', 'consent is not an object');
  for (const name of ['gdpr_consent', 'us_privacy', 'gpp']) {
    const field = value[name];
    if (field !== undefined && field !== null && typeof field !== 'string') {
      return rejected('invalid_field', `consent.${name} is not text`);
    }
  }
  const signals: ConsentSignals = {
    gdpr: flag(value.gdpr),
    gdprConsent: text(value.gdpr_consent),
    usPrivacy: text(value.us_privacy),
    gpp: text(value.gpp),
    gppSid: sectionIds(value.gpp_sid),
    gpc: flag(value.gpc) === '1',
    coppa: flag(value.coppa) === '1',
    lmt: flag(value.lmt) === '1',
  };
  return parsed(decideConsent(signals, options));
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** 1, "1" and true are a yes, 0, "0" and false a no; anything else was not said. */
function flag(value: unknown): string | undefined {
  if (value === 1 || value === '1' || value === true) return '1';
  if (value === 0 || value === '0' || value === false) return '0';
  return undefined;
}

function sectionIds(value: unknown): ConsentSignals['gppSid'] {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return [value];
  return Array.isArray(value) ? value.map(Number).filter(Number.isInteger) : undefined;
}
