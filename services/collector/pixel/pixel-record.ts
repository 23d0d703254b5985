import { allows } from '../../shared/domain/consent/bits';
import type { EventRecord } from '../../shared/domain/records';
import type { BrowserCall } from '../browser/browser-call';
import { denialRecord } from '../browser/denial';
import type { RecordOutcome } from '../metrics';
import type { PixelFields } from './parse-pixel';

export type PixelRecord =
  { ok: true; identity: string; record: EventRecord } | { ok: false; outcome: RecordOutcome };

/**
 * The record of a pixel, if there is to be one. Where the person denies a profile, a browser that we know
 * still leaves the denial itself, so that what is stored follows it; nothing else of the visit is fields.
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
  if (!allows(consent, 'profile')) {
    const denial = denialRecord(call, fields.event, publisher, nowMs);
    return denial === undefined
      ? { ok: false, outcome: 'consent_denied' }
      : { ok: true, identity, record: denial };
  }
  // Field by field: spreading objects costs more than all else a pixel needs.
  const record: EventRecord = {
    v: 1,
    type: 'event',
    id: fields.id,
    source: 'pixel',
    publisher,
    identities: [identity],
    event: fields.event,
    at: nowMs,
    receivedAt: nowMs,
    url: fields.url,
    ref: fields.ref,
    category: fields.category,
    keywords: fields.keywords,
    sku: fields.sku,
    value: fields.value,
    currency: fields.currency,
    consent,
  };
  return { ok: true, identity, record };
}
