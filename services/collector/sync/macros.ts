import type { ConsentSignals } from '../../shared/domain/consent/signals';

/** Where our id goes in a `redir`, as written and as a URL parser leaves it. */
const OUR_ID = /(?:\$|%24)(?:UID\b|(?:\{|%7[Bb])MUSTER_UID(?:\}|%7[Dd]))/g;
/** IAB's consent macros; vendor and section ids in them name whose string it is, and it is the same for all. */
const CONSENT_MACRO = /\$(?:\{|%7B)(GDPR|GDPR_CONSENT_\d+|US_PRIVACY|GPP_STRING_\d+|GPP_SID)(?:\}|%7D)/g;

/** Fills our id into a parsed URL, behind its host; empty where there is none to give. */
export function fillOurId(url: URL, id: string): string {
  return behindHost(url.href, url.origin, (rest) => rest.replace(OUR_ID, () => id));
}

/**
 * Fills our id for a macro of the partner's own, and the consent macros, behind the host of its sync URL. What
 * the URL holds in escaped form (a URL within the URL) is the partner's to fill and stays.
 */
export function fillSyncUrl(syncUrl: string, uidMacro: string, id: string, signals: ConsentSignals): string {
  const filled = behindHost(syncUrl, originOf(syncUrl), (rest) =>
    rest
      .replaceAll(uidMacro, () => id)
      .replace(CONSENT_MACRO, (_, name: string) => consentValue(name, signals)),
  );
  return new URL(filled).href;
}

function consentValue(name: string, signals: ConsentSignals): string {
  const value = name.startsWith('GDPR_CONSENT')
    ? signals.gdprConsent
    : name.startsWith('GPP_STRING')
      ? signals.gpp
      : { GDPR: signals.gdpr, US_PRIVACY: signals.usPrivacy, GPP_SID: signals.gppSid }[name];
  return value === undefined ? '' : encodeURIComponent(String(value));
}

/** A macro in a host would let a partner's id choose where the browser goes. */
function behindHost(href: string, origin: string, fill: (rest: string) => string): string {
  return href.slice(0, origin.length) + fill(href.slice(origin.length));
}

function originOf(url: string): string {
  return /^[a-z]+:\/\/[^/?#]*/i.exec(url)?.[0] ?? '';
}
