import { z } from 'zod';
import { identityKind } from '../shared/domain/identity';
import { NO_BID_REASONS } from '../shared/domain/reasons';
import type { Topic } from '../shared/domain/records';
import type { IngestRecord } from './item';

/** DateTime64(3) in the lake: nothing before 1970, nothing a typo of seconds, milliseconds and microseconds makes. */
const LATEST_MS = Date.UTC(2200, 0, 1);
const LONGEST_TTL_MS = 20 * 365 * 86_400_000;

const v = z.literal(1);
const at = z.int().min(0).max(LATEST_MS);
/** Half a character may be left by whoever cut a text short: the lake takes no row with one. */
const text = z.string().transform((value) => value.toWellFormed());
const name = z.string().min(1).max(1_024).pipe(text);
const count = z.int().min(0);
const consent = z.int().min(0).max(255);
const number = z.int().min(0);
/** Whole text forms were checked at the edge; what matters here is that LOOKUPS can keep it and that it has a kind. */
const identity = z
  .string()
  .max(512)
  .refine((value) => identityKind(value) !== undefined && value.isWellFormed(), {
    error: 'invalid_identity',
  });
const decimal = z.string().regex(/^-?\d{1,12}(\.\d{1,6})?$/);
const properties = z.record(z.string(), z.unknown());

const event = z.object({
  v,
  type: z.literal('event'),
  id: text.optional(),
  source: z.enum(['pixel', 'server']),
  publisher: text.nullable(),
  identities: z.array(identity).min(1).max(100),
  event: name,
  at,
  receivedAt: at,
  url: text.optional(),
  ref: text.optional(),
  category: text.optional(),
  keywords: z.array(text).optional(),
  sku: text.optional(),
  value: decimal.optional(),
  currency: text.optional(),
  items: z.array(properties).optional(),
  properties: properties.optional(),
  consent,
});

const trait = z.object({
  v,
  type: z.literal('trait'),
  importId: text,
  line: count,
  provider: name,
  identity,
  trait: name,
  op: z.enum(['set', 'unset']),
  at,
  receivedAt: at,
  ttlMs: z.int().min(0).max(LONGEST_TTL_MS),
  number: decimal.optional(),
  text: text.optional(),
  consent,
});

const sync = z.object({
  v,
  type: z.literal('sync'),
  partner: z.string().min(1).max(63).pipe(text),
  identity,
  partnerUid: z.string().min(1).max(430).pipe(text).optional(),
  matchMethod: count,
  at,
  receivedAt: at,
  consent,
});

const bid = z.object({
  v,
  type: z.literal('bid'),
  bidId: text,
  requestId: text,
  impId: text,
  exchange: text,
  at,
  uid: number.nullable(),
  iid: number.nullable(),
  advertiserId: text,
  lineItemId: text,
  creativeId: text,
  dealId: text.optional(),
  audienceIds: z.array(text),
  priceMicros: count,
  currency: text,
  site: text.optional(),
  country: text.optional(),
  test: z.boolean(),
  resent: z.boolean().optional(),
});

const request = z.object({
  v,
  type: z.literal('request'),
  requestId: text,
  exchange: text,
  at,
  uid: number.nullable(),
  reason: z.enum(NO_BID_REASONS),
  imps: z.int().min(0).max(65_535),
  site: text.optional(),
  country: text.optional(),
  sampleRate: z.number().positive().max(1),
  data: z.unknown().optional(),
  resent: z.boolean().optional(),
});

const notice = z.object({
  v,
  type: z.literal('notice'),
  kind: z.enum(['win', 'bill', 'loss', 'impression', 'click']),
  bidId: text,
  requestId: text,
  exchange: text,
  lineItemId: text,
  creativeId: text,
  advertiserId: text,
  at,
  receivedAt: at,
  uid: number.nullable(),
  priceMicros: count.optional(),
  currency: text,
  billed: z.boolean(),
  spentMicros: count.optional(),
  bidAt: at.optional(),
  lossReason: z.int().min(0).max(65_535).optional(),
  test: z.boolean(),
});

const deadLetter = z.object({
  v,
  type: z.literal('dead-letter'),
  source: text,
  position: text.optional(),
  key: z.string().optional(),
  at,
  reason: text,
  detail: text,
  record: text,
  cut: z.boolean().optional(),
});

/** Which record types a topic carries, and what each must look like. Unknown fields are let through and left out. */
export const TOPIC_SCHEMAS: Partial<Record<Topic, Readonly<Record<string, z.ZodType<IngestRecord>>>>> = {
  events: { event },
  traits: { trait },
  syncs: { sync },
  bids: { bid, request },
  notices: { notice },
  'dead-letters': { 'dead-letter': deadLetter },
};
