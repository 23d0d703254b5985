/** What the catalog keeps of each resource: the API's own shape, already validated, defaults filled in. */
import type { Rule } from '../../domain/rule/language';
import type { Targeting } from '../../domain/snapshot';

export interface PartnerDefinition {
  name: string;
  syncUrl?: string;
  uidMacro: string;
  redirectHosts: string[];
}

export interface PublisherDefinition {
  name: string;
  domains: string[];
}

export interface ProviderDefinition {
  name: string;
  tcfVendorId?: number;
  rate?: { cpm: string; currency: string };
}

/** Belongs to a provider; its id is `<provider>/<code>`. */
export interface TraitDefinition {
  code: string;
  name: string;
  parent?: string;
  /** Duration text, e.g. `30d`. */
  ttl?: string;
  sensitive: boolean;
}

export interface AdvertiserDefinition {
  name: string;
  domain: string;
  categories: string[];
  bundles: string[];
}

/** Belongs to an advertiser, or to the house. */
export interface AudienceDefinition {
  name: string;
  description?: string;
  rule: Rule;
}

export interface LineItemDefinition extends Targeting {
  name: string;
  status: 'active' | 'paused';
  /** Decimal text. */
  bidCpm: string;
  currency: string;
  /** RFC 3339. */
  flight: { start?: string; end?: string };
  /** Decimal text. */
  budget: { daily?: string; total?: string };
  pacing: 'asap';
  creatives: string[];
}

export interface CreativeDefinition {
  name?: string;
  type: 'banner';
  w: number;
  h: number;
  adm: string;
  clickUrl?: string;
  adomain: string[];
  cat: string[];
  attr: number[];
  mimes: string[];
  api: number[];
}

export interface ExchangeDefinition {
  name: string;
  matching: { partner?: string };
  currencies: string[];
  maxQps?: number;
  seat?: string;
  billing: 'burl' | 'nurl' | 'impression';
  /** sha256 hex of the exchange's key. */
  keyHash?: string;
  allowCidrs: string[];
}

export interface FxRatesDefinition {
  base: string;
  /** 1 unit of `base` = rate units of each currency. */
  rates: Record<string, number>;
}

/** The definition of each kind of resource. */
export interface Definitions {
  partner: PartnerDefinition;
  publisher: PublisherDefinition;
  provider: ProviderDefinition;
  trait: TraitDefinition;
  advertiser: AdvertiserDefinition;
  audience: AudienceDefinition;
  lineItem: LineItemDefinition;
  creative: CreativeDefinition;
  exchange: ExchangeDefinition;
}
