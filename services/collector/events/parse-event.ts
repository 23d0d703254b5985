import type { ConsentOptions } from '../../shared/domain/consent/decide';
import { parseIdentity } from '../../shared/domain/identity';
import type { EventRecord } from '../../shared/domain/records';
import { parseAt } from '../at';
import { parseCurrency, parseText, parseUrl, parseValue } from '../fields';
import { isObject, parsed, rejected, type Parsed } from '../parsed';
import { parseStatedConsent } from '../stated-consent';

export interface EventRules {
  publisher: string | null;
  nowMs: number;
  retentionMs: number;
  consent: ConsentOptions;
}

export const IDENTITIES_MAX = 20;
export const ITEMS_MAX = 100;
/** JSON characters of `items` and of `properties`. */
export const OBJECT_CHARS_MAX = 32_768;

/** One event of `POST /v1/events`. `null` counts as absent, unknown fields are left out. Never throws. */
export function parseEvent(event: unknown, rules: EventRules): Parsed<EventRecord> {
  if (!isObject(event)) return rejected('invalid_field', 'an event is an object');
  const identities = parseIdentities(event);
  if (!identities.ok) return identities;
  const at =
    event.at === undefined || event.at === null
      ? parsed(rules.nowMs)
      : parseAt(event.at, rules.nowMs, rules.retentionMs);
  if (!at.ok) return at;
  const consent = parseStatedConsent(event.consent, rules.consent);
  if (!consent.ok) return consent;
  const fields = parseFields(event);
  if (!fields.ok) return fields;
  return parsed({
    v: 1,
    type: 'event',
    source: 'server',
    publisher: rules.publisher,
    identities: identities.value,
    at: at.value,
    receivedAt: rules.nowMs,
    consent: consent.value,
    ...fields.value,
  });
}

function parseIdentities(event: Record<string, unknown>): Parsed<string[]> {
  const several = event.identities ?? undefined;
  if (several !== undefined && !Array.isArray(several))
    return rejected('invalid_field', 'identities is not a list');
  const one = event.identity ?? undefined;
  const given: unknown[] = [
    ...(one === undefined ? [] : [one]),
    ...((several as unknown[] | undefined) ?? []),
  ];
  if (given.length === 0) return rejected('missing_field', 'identity or identities is missing');
  if (given.length > IDENTITIES_MAX)
    return rejected('too_many', `an event names at most ${IDENTITIES_MAX} identities`);
  const texts = new Set<string>();
  for (const identity of given) {
    if (typeof identity !== 'string') return rejected('invalid_identity', 'an identity is text');
    const read = parseIdentity(identity);
    if (!read.ok) return rejected(read.code, `identity ${shown(identity)}: ${read.message}`);
    texts.add(read.identity.text);
  }
  return parsed([...texts]);
}

type Fields = Pick<
  EventRecord,
  | 'id'
  | 'event'
  | 'url'
  | 'ref'
  | 'category'
  | 'keywords'
  | 'sku'
  | 'value'
  | 'currency'
  | 'items'
  | 'properties'
>;

/** How each field is read; undefined says that it cannot be. */
const READERS: Readonly<Record<string, (value: unknown) => unknown>> = {
  id: (value) => (typeof value === 'number' ? String(value) : text(value, 128)) || undefined,
  url: (value) => (typeof value === 'string' ? parseUrl(value) : undefined),
  ref: (value) => (typeof value === 'string' ? parseUrl(value) : undefined),
  category: (value) => text(value, 256),
  keywords: (value) =>
    Array.isArray(value) && value.length <= 50 && value.every((keyword) => text(keyword, 128) !== undefined)
      ? value
      : undefined,
  sku: (value) => text(value, 256),
  value: (value) => (typeof value === 'number' || typeof value === 'string' ? parseValue(value) : undefined),
  currency: (value) => (typeof value === 'string' ? parseCurrency(value) : undefined),
  items: (value) =>
    Array.isArray(value) && value.length <= ITEMS_MAX && value.every(isObject) ? bounded(value) : undefined,
  properties: (value) => (isObject(value) ? bounded(value) : undefined),
};

function parseFields(event: Record<string, unknown>): Parsed<Fields> {
  const type = event.type ?? undefined;
  if (type === undefined) return rejected('missing_field', 'type is missing');
  const name = text(type, 128);
  if (!name) return rejected('invalid_field', 'type is text of 1 to 128 characters');
  const fields: Record<string, unknown> = { event: name };
  for (const [field, read] of Object.entries(READERS)) {
    const given = event[field];
    if (given === undefined || given === null) continue;
    const value = read(given);
    if (value === undefined) return rejected('invalid_field', `${field} cannot be used: ${shown(given)}`);
    fields[field] = value;
  }
  return parsed(fields as unknown as Fields);
}

function text(value: unknown, lengthMax: number): string | undefined {
  return typeof value === 'string' ? parseText(value, lengthMax) : undefined;
}

function bounded<T>(value: T): T | undefined {
  return JSON.stringify(value).length <= OBJECT_CHARS_MAX ? value : undefined;
}

/** What was given, short enough for an error message. */
function shown(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length <= 80 ? json : `${json.slice(0, 80)}…`;
}
