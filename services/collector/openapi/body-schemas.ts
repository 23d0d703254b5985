import { z } from 'zod';
import { parseIdentity } from '../../shared/domain/identity';
import { parseDuration, parseTimestamp } from '../../shared/domain/time';
import { IDENTITIES_MAX, ITEMS_MAX, OBJECT_CHARS_MAX } from '../events/parse-event';
import { parseCurrency, parseText, parseUrl, parseValue } from '../fields';
import { TEXT_LENGTH_MAX } from '../records/parse-record';

/*
 * What servers send, as the document tells it. The parsers beside the endpoints are what checks, field by field and
 * without an exception, since files have millions of lines; a property test holds the two to the same verdict.
 */

const identity = z
  .string()
  .refine((text) => parseIdentity(text).ok)
  .meta({
    description:
      'Text form: `cookie:<id>`, `partner:<partner>:<uid>`, `maid:<uuid>`, `email:<sha256 hex>`, `phone:<sha256 hex>`, ' +
      '`eid:<source>:<id>`, `customer:<advertiser>:<id>`.',
    examples: ['maid:8c3f0a1e-55aa-4c1e-9d0f-0123456789ab'],
  });

const time = z
  .string()
  .refine((text) => parseTimestamp(text) !== null)
  .meta({ format: 'date-time' });

const text = (lengthMax: number) =>
  z
    .string()
    .max(lengthMax)
    .refine((value) => parseText(value, lengthMax) !== undefined);

const url = z.string().refine((value) => parseUrl(value) !== undefined);

const decimal = z
  .union([z.number(), z.string()])
  .refine((value) => parseValue(value) !== undefined)
  .describe('Decimal(18,6), as a number or as decimal text.');

const bounded = <T>(schema: z.ZodType<T>) =>
  schema.refine((value) => JSON.stringify(value).length <= OBJECT_CHARS_MAX);

const anything = z.record(z.string(), z.unknown());

/** Flags are 1, "1" or true, and 0, "0" or false; anything else counts as not said. */
const flag = z.unknown().describe('1 or 0.');

const consent = z
  .looseObject({
    gdpr: flag.optional(),
    gdpr_consent: z.string().nullish().describe('TCF string.'),
    us_privacy: z.string().nullish(),
    gpp: z.string().nullish().describe('GPP string.'),
    gpp_sid: z.unknown().optional().describe('GPP section ids: a list, or text with commas.'),
    gpc: flag.optional(),
    coppa: flag.optional(),
    lmt: flag.optional(),
  })
  .describe(
    'What the person said. Without it the record is allowed; the check at bid time is never skipped.',
  );

/** One event of `POST /v1/events`; `null` counts as absent. */
export const eventSchema = z
  .looseObject({
    id: z
      .union([z.number(), text(128).min(1)])
      .nullish()
      .describe('The same id from the same publisher within 7 days counts once.'),
    identity: identity.nullish(),
    identities: z.array(identity).max(IDENTITIES_MAX).nullish().describe('Of one person: they are linked.'),
    type: text(128).min(1).describe('Such as `purchase`.'),
    at: time.nullish().describe('Default: now. At most 5 minutes ahead, not older than the retention.'),
    url: url.nullish(),
    ref: url.nullish(),
    category: text(256).nullish(),
    keywords: z.array(text(128)).max(50).nullish(),
    sku: text(256).nullish(),
    value: decimal.nullish(),
    currency: z
      .string()
      .refine((code) => parseCurrency(code) !== undefined)
      .nullish()
      .describe('ISO 4217.'),
    items: bounded(z.array(anything).max(ITEMS_MAX)).nullish(),
    properties: bounded(anything).nullish(),
    consent: consent.nullish(),
  })
  .refine(
    ({ identity: one, identities }) => {
      const count = (one ? 1 : 0) + (identities?.length ?? 0);
      return count >= 1 && count <= IDENTITIES_MAX;
    },
    { message: 'needs identity or identities' },
  )
  .meta({
    description: 'Needs `identity` or `identities`. Unknown fields are left out.',
    anyOf: [{ required: ['identity'] }, { required: ['identities'] }],
  });

/** One line of a provider's records; `null` counts as absent. */
export const recordSchema = z
  .looseObject({
    id: identity,
    trait: z.string().describe("Code of a trait in the provider's taxonomy."),
    at: time.describe('When it became known. At most 5 minutes ahead, not older than the retention.'),
    ttl: z.unknown().optional().describe('How long it holds: `<n>m`, `<n>h` or `<n>d`, 1m to 400d.'),
    value: z.unknown().optional().describe(`A number, or text of at most ${TEXT_LENGTH_MAX} characters.`),
    op: z.enum(['set', 'unset']).nullish().describe('`unset` ignores `ttl` and `value`.'),
    consent: consent.nullish(),
  })
  .refine(({ op, ttl }) => op === 'unset' || isAbsent(ttl) || isDuration(ttl))
  .refine(({ op, value }) => op === 'unset' || isAbsent(value) || isTraitValue(value))
  .describe('Unknown fields are left out.');

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isDuration(ttl: unknown): boolean {
  return typeof ttl === 'string' && parseDuration(ttl) !== null;
}

function isTraitValue(value: unknown): boolean {
  if (typeof value === 'number') return parseValue(value) !== undefined;
  return typeof value === 'string' && parseText(value, TEXT_LENGTH_MAX) !== undefined;
}
