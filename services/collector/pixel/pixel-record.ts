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
  const { identity } = visitor;
  const allowed = allows(consent, 'profile');
  const denies = (consent & CONSENT.signal) !== 0 && visitor.kind === 'known';
  if (!allowed && !denies) return { ok: false, outcome: 'consent_denied' };
  const kept: PixelFields = allowed ? fields : { event: fields.event };
  // Field by field: spreading objects costs more than all else a pixel needs.
  const record: EventRecord = {
    v: 1,
    type: 'event',
    id: kept.id,
    source: 'pixel',
    publisher,
    identities: [identity],
    event: kept.event,
    at: nowMs,
    receivedAt: nowMs,
    url: kept.url,
    ref: kept.ref,
    category: kept.category,
    keywords: kept.keywords,
    sku: kept.sku,
    value: kept.value,
    currency: kept.currency,
    consent,
  };
  return { ok: true, identity, record };
}
