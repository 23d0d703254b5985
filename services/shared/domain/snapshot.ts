/**
 * The compiled catalog, as documents in LOOKUPS: everything that collector, bidder and builder need of what
 * people configured, already validated. Writers: the API writes `edge`, `bidding` and `rules`; the builder
 * writes `audiences`. Readers poll the revision and swap the whole document.
 */
import type { Rule } from './rule/language';

export const DOCUMENTS = {
  edge: 'edge',
  bidding: 'bidding',
  rules: 'rules',
  audiences: 'audiences',
} as const;

export type Role =
  | { kind: 'admin' }
  | { kind: 'analyst' }
  | { kind: 'advertiser'; id: string }
  | { kind: 'publisher'; id: string }
  | { kind: 'provider'; id: string };

export interface KeySnapshot {
  id: string;
  /** sha256 of the key, hex. */
  hash: string;
  role: Role;
}

export interface PartnerSnapshot {
  id: string;
  /** Their sync URL with `uidMacro` where our id goes. */
  syncUrl?: string;
  uidMacro: string;
  redirectHosts: string[];
}

export interface ProviderSnapshot {
  id: string;
  tcfVendorId?: number;
  /** Trait code → its own ttl in ms (absent: 30 days). */
  traits: Record<string, { ttlMs?: number }>;
}

/** For the collector: who may send what. */
export interface EdgeSnapshot {
  keys: KeySnapshot[];
  partners: PartnerSnapshot[];
  publishers: { id: string; domains: string[] }[];
  providers: ProviderSnapshot[];
}

/** For the builder: what to build. */
export interface RulesSnapshot {
  audiences: AudienceRule[];
}

export interface AudienceRule {
  id: string;
  /** Dense number of this version of the audience; a new version gets a new number, never reused. */
  number: number;
  version: number;
  name: string;
  /** As written; `{"audience": id}` leaves are not yet expanded. */
  rule: Rule;
}

/** For the bidder, written by the builder: which versions are built and kept up to date. */
export interface AudiencesSnapshot {
  audiences: {
    id: string;
    number: number;
    version: number;
    ready: boolean;
    /** Whose traits its rule asks for, those of audiences within it included; absent: of nobody. */
    providers?: string[];
  }[];
}

export interface ExchangeSnapshot {
  id: string;
  /** The partner whose ids the exchange uses for our cookies. */
  partner?: string;
  currencies: string[];
  maxQps?: number;
  seat?: string;
  billing: 'burl' | 'nurl' | 'impression';
  /** sha256 hex of the exchange's own key; absent: none is asked for. */
  keyHash?: string;
  allowCidrs: string[];
}

/** Whom and where a line item is for; an empty list means any or none. */
export interface Targeting {
  audiences: { anyOf: string[]; allOf: string[]; noneOf: string[] };
  geo: { countries: string[]; regions: string[]; cities: string[] };
  devices: { types: number[]; os: string[] };
  sites: { include: string[]; exclude: string[] };
  deals: string[];
  exchanges: string[];
}

export interface LineItemSnapshot extends Targeting {
  id: string;
  advertiserId: string;
  name: string;
  /** CPM micros of `currency`. */
  bidCpmMicros: number;
  currency: string;
  /** Epoch ms; absent: open. */
  flight: { start?: number; end?: number };
  /** Micros of `currency`; absent: no limit. */
  budget: { dailyMicros?: number; totalMicros?: number };
  creatives: string[];
}

export interface CreativeSnapshot {
  id: string;
  advertiserId: string;
  type: 'banner';
  w: number;
  h: number;
  adm: string;
  clickUrl?: string;
  adomain: string[];
  cat: string[];
  attr: number[];
  mimes: string[];
  /** OpenRTB API frameworks it needs, `imp.banner.api`. */
  api: number[];
  /** Whether every URL in it is https. */
  secure: boolean;
}

/** For the bidder. Of line items that bid only those that are active and whose references resolve. */
export interface BiddingSnapshot {
  /** Key hashes with role admin, for `/explain` and `?debug=1`. */
  adminKeyHashes: string[];
  exchanges: ExchangeSnapshot[];
  advertisers: { id: string; name: string; domain: string; categories: string[]; bundles?: string[] }[];
  lineItems: LineItemSnapshot[];
  /** What `/explain` names beside them; absent in documents of earlier versions. */
  pausedLineItems?: Pick<LineItemSnapshot, 'id' | 'name'>[];
  creatives: CreativeSnapshot[];
  /** Provider → its id on the TCF vendor list, of those that have one; absent in documents of earlier versions. */
  providerVendors?: Record<string, number>;
  /** 1 unit of `base` = rate units of each currency. */
  fx: { base: string; rates: Record<string, number> } | null;
}
