/**
 * The log's records, version 1. One JSON object per record; the JSON Schemas are in `schemas/log/`.
 * Times are epoch milliseconds, money and event values decimal strings, identities in text form.
 */
import type { ConsentBits } from './consent/bits';
import type { NoBidReason } from './reasons';

/** Who a fact is about, in text form (`cookie:…`, `partner:…:…`, `maid:…`); see identity.ts. */
export type IdentityText = string;

/** Something a person did, from a publisher's pixel or server. Topic `events`. */
export interface EventRecord {
  v: 1;
  type: 'event';
  /** The sender's id of the event; the same id from the same publisher within 7 days counts once. */
  id?: string;
  source: 'pixel' | 'server';
  publisher: string | null;
  /** One or more identities of one person; the first keys the record, all are linked. */
  identities: IdentityText[];
  /** Event type, e.g. `page_view`, `purchase`. */
  event: string;
  at: number;
  receivedAt: number;
  url?: string;
  ref?: string;
  category?: string;
  keywords?: string[];
  sku?: string;
  /** Decimal(18,6) as text. */
  value?: string;
  currency?: string;
  items?: Record<string, unknown>[];
  properties?: Record<string, unknown>;
  consent: ConsentBits;
}

/** A third-party fact: a provider says that an identity has (or no longer has) a trait. Topic `traits`. */
export interface TraitRecord {
  v: 1;
  type: 'trait';
  importId: string;
  /** 1-based line in the import. */
  line: number;
  provider: string;
  identity: IdentityText;
  /** Trait code below the provider, e.g. `age/25-34`. */
  trait: string;
  op: 'set' | 'unset';
  at: number;
  receivedAt: number;
  /** Resolved at the edge: the line's ttl, else the trait's, else 30 days. */
  ttlMs: number;
  /** Decimal(18,6) text in `number`, or free `text`; neither when the line had no value. */
  number?: string;
  text?: string;
  consent: ConsentBits;
}

/** A partner's id for one of our cookies. Topic `syncs`. An absent `partnerUid` deletes the mapping. */
export interface SyncRecord {
  v: 1;
  type: 'sync';
  partner: string;
  identity: IdentityText;
  partnerUid?: string;
  /** OpenRTB `mm`: 2 cookie sync, 3 authenticated, … */
  matchMethod: number;
  at: number;
  receivedAt: number;
  consent: ConsentBits;
}

/** A person's own choice. Topic `privacy`, consumed before every other. */
export interface PrivacyRecord {
  v: 1;
  type: 'optout' | 'optin';
  identities: IdentityText[];
  at: number;
  receivedAt: number;
}

/** Ingest → people writer. Topic `links`: two identities were seen to be one person (or no longer are). */
export interface LinkRecord {
  v: 1;
  type: 'link';
  /**
   * `event`: two identities of one person, for good. `partner`: `a` is the partner's id and belongs to at most one
   * cookie `b`, the newest `at` wins; without `b` it belongs to none. `unsync`: no id of `partner` belongs to the
   * cookie `a` any more.
   */
  kind: 'partner' | 'event' | 'unsync';
  a: { iid: number; identity: IdentityText };
  b?: { iid: number; identity: IdentityText };
  partner?: string;
  at: number;
}

/** Ingest → builder. Topic `changes`: for whom something changed in the lake, and what. */
export interface ChangeRecord {
  v: 1;
  type: 'change';
  /** Identity numbers (iid); the builder maps them to persons. */
  iids: number[];
  /** Event types that changed; `*` stands for everything (links, privacy, new people). Without any name: a stated consent. */
  events: string[];
  /** `<provider>/<code>` that changed. */
  traits: string[];
  /** True when persons themselves changed (links, opt-out): every audience is affected. */
  people: boolean;
  /** Newest `receivedAt` contained, the freshness watermark. */
  receivedAt: number;
}

/** A bid we made. Topic `bids`. */
export interface BidRecord {
  v: 1;
  type: 'bid';
  bidId: string;
  requestId: string;
  impId: string;
  exchange: string;
  at: number;
  uid: number | null;
  iid: number | null;
  advertiserId: string;
  lineItemId: string;
  creativeId: string;
  dealId?: string;
  audienceIds: string[];
  /** CPM in micros of `currency` (the bid's currency). */
  priceMicros: number;
  currency: string;
  site?: string;
  country?: string;
  test: boolean;
  /** Appended again under the same key: whether the first copy was stored is not known. */
  resent?: boolean;
}

/** A request answered without a bid, sampled. Topic `bids`. */
export interface RequestRecord {
  v: 1;
  type: 'request';
  requestId: string;
  exchange: string;
  at: number;
  uid: number | null;
  reason: NoBidReason;
  imps: number;
  site?: string;
  country?: string;
  /** Each stored row stands for 1 / sampleRate requests. */
  sampleRate: number;
  /** The exchange's own `user.data`, kept for reports only. */
  data?: unknown;
  /** As in `BidRecord`. */
  resent?: boolean;
}

/** What became of a bid. Topic `notices`. Repeats (kind, bidId) count once. */
export interface NoticeRecord {
  v: 1;
  type: 'notice';
  kind: 'win' | 'bill' | 'loss' | 'impression' | 'click';
  bidId: string;
  requestId: string;
  exchange: string;
  lineItemId: string;
  creativeId: string;
  advertiserId: string;
  at: number;
  receivedAt: number;
  uid: number | null;
  /** Clearing price, CPM micros of `currency`; absent when the notice carried none. */
  priceMicros?: number;
  currency: string;
  /** True when this notice is the one that bills (exchange.billing). */
  billed: boolean;
  /** What it costs a limited budget, CPM micros of the line item's currency. */
  spentMicros?: number;
  /** When the bid was made, whose day (UTC) that is spent of. With `spentMicros`. */
  bidAt?: number;
  lossReason?: number;
  test: boolean;
}

/** A record that could not be used, whole, with the reason. Topic `dead-letters`. */
export interface DeadLetterRecord {
  v: 1;
  type: 'dead-letter';
  /** Topic or endpoint it came from. */
  source: string;
  /** Where in the log it was, `topic/partition/offset`: a repeat of it counts once. */
  position?: string;
  /** Under which it lay there. */
  key?: string;
  at: number;
  reason: string;
  detail: string;
  /** The record as it came (text; base64 behind `base64:` when not UTF-8). */
  record: string;
  /** `record` is only its beginning: it was too large to be wrapped up. Whole it is at `position`. */
  cut?: boolean;
}

export type LogRecord =
  | EventRecord
  | TraitRecord
  | SyncRecord
  | PrivacyRecord
  | LinkRecord
  | ChangeRecord
  | BidRecord
  | RequestRecord
  | NoticeRecord
  | DeadLetterRecord;

/** Topics, declared once in `schemas/log/topics.json`. */
export type Topic =
  | 'privacy'
  | 'events'
  | 'traits'
  | 'syncs'
  | 'bids'
  | 'notices'
  | 'links'
  | 'changes'
  | 'dead-letters'
  | 'lookups';
