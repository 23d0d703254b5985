import { allows, CONSENT } from '../../shared/domain/consent/bits';
import type { EventRecord } from '../../shared/domain/records';
import type { BrowserCall } from './browser-call';

/** Whether a browser that we know says that it denies a profile. Who said nothing, or is nobody to us, denies nothing. */
function deniesProfile({ visitor, consent }: BrowserCall): boolean {
  return visitor.kind === 'known' && (consent & CONSENT.signal) !== 0 && !allows(consent, 'profile');
}

/**
 * The denial itself, and nothing else of the visit: ingest drops the record for want of consent and keeps what was
 * stated, so that the stored consent follows it. Undefined where nothing was denied.
 */
export function denialRecord(
  call: BrowserCall,
  event: string,
  publisher: string | null,
  nowMs: number,
): EventRecord | undefined {
  if (!deniesProfile(call) || !('identity' in call.visitor)) return undefined;
  return {
    v: 1,
    type: 'event',
    source: 'pixel',
    publisher,
    identities: [call.visitor.identity],
    event,
    at: nowMs,
    receivedAt: nowMs,
    consent: call.consent,
  };
}
