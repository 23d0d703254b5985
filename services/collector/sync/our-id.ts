import { allows } from '../../shared/domain/consent/bits';
import type { PartnerSnapshot } from '../../shared/domain/snapshot';
import type { BrowserCall } from '../browser/browser-call';
import type { CollectorContext } from '../context';

/**
 * Our id as the partner sees it; empty when the person opted out, has no cookie, or denies a profile: to hand an
 * id over is to share.
 */
export function idForPartner(context: CollectorContext, call: BrowserCall, partner: PartnerSnapshot): string {
  const { visitor, consent } = call;
  if (!('cookieId' in visitor) || !allows(consent, 'profile')) return '';
  return context.cipher.encrypt(partner.id, visitor.cookieId);
}
