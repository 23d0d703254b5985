import { allows, CONSENT } from '../../shared/domain/consent/bits';
import type { EventRecord } from '../../shared/domain/records';
import type { BrowserCall } from '../browser/browser-call';
import type { RecordOutcome } from '../metrics';
import type { PixelFields } from './parse-pixel';

export type PixelRecord =
  { ok: true; identity: string; record: EventRecord } | { ok: false; outcome: RecordOutcome };

/**
 * The record of a pixel, if there is to be one. Where the person denies a profile, a browser that we know
 * still leaves the denial itself, so that what is stored follows it; nothing else of the visit is kept.
 */
export function pixelRecord(
  call: BrowserCall,
  fields: PixelFields,
  publisher: string | null,
  nowMs: number,
): PixelRecord {
  const { visitor, consent } = call;
  if (visitor.kind === 'opted-out') return { ok: false, outcome: 'opted_out' };
  if (visitor.kind === 'nobody') return { ok: false, outcome: 'no_identity' };
  const about = {
    v: 1,
    type: 'event',
    source: 'pixel',
    publisher,
    identities: [visitor.identity],
    at: nowMs,
    receivedAt: nowMs,
    consent,
  } as const;
  const { identity } = visitor;
  if (allows(consent, 'profile')) {
    return { ok: true, identity, record: { ...about, identities: [identity], ...fields } };
  }
  const denies = (consent & CONSENT.signal) !== 0 && visitor.kind === 'known';
  if (!denies) return { ok: false, outcome: 'consent_denied' };
  return { ok: true, identity, record: { ...about, identities: [identity], event: fields.event } };
}
