import { decimalToMicros } from '../../shared/domain/money';
import { isSecure } from '../../shared/domain/secure-markup';
import type {
  BiddingSnapshot,
  CreativeSnapshot,
  EdgeSnapshot,
  ExchangeSnapshot,
  KeySnapshot,
  LineItemSnapshot,
  ProviderSnapshot,
  RulesSnapshot,
} from '../../shared/domain/snapshot';
import { parseDuration, parseTimestamp } from '../../shared/domain/time';
import type {
  CreativeDefinition,
  ExchangeDefinition,
  LineItemDefinition,
} from '../../shared/stores/catalog/definitions';
import type { Stored } from '../../shared/stores/catalog/resources';
import type { CatalogCopy } from './catalog-copy';

export interface CompiledCatalog {
  edge: EdgeSnapshot;
  bidding: BiddingSnapshot;
  rules: RulesSnapshot;
}

/** The documents that the other services follow. `adminHash` is the sha256 of the configured admin token. */
export function compileCatalog(copy: CatalogCopy, adminHash: string): CompiledCatalog {
  const admin: KeySnapshot = { id: 'admin', hash: adminHash, role: { kind: 'admin' } };
  const keys = [admin, ...copy.keys.map(({ id, hash, role }) => ({ id, hash, role }))];
  return {
    edge: compileEdge(copy, keys),
    bidding: compileBidding(copy, keys),
    rules: compileRules(copy),
  };
}

function compileEdge(copy: CatalogCopy, keys: KeySnapshot[]): EdgeSnapshot {
  const { partner, publisher, provider, trait } = copy.resources;
  const providers = new Map<string, ProviderSnapshot>();
  for (const { id, definition } of provider.values()) {
    const { tcfVendorId } = definition;
    providers.set(id, { id, ...(tcfVendorId === undefined ? {} : { tcfVendorId }), traits: {} });
  }
  for (const { ownerId, definition } of trait.values()) {
    const ttlMs = definition.ttl === undefined ? null : parseDuration(definition.ttl);
    const traits = providers.get(ownerId ?? '')?.traits;
    // Of a provider that is no more there may still be traits.
    if (traits !== undefined) traits[definition.code] = ttlMs === null ? {} : { ttlMs };
  }
  return {
    keys,
    partners: [...partner.values()].map(({ id, definition: { syncUrl, uidMacro, redirectHosts } }) => ({
      id,
      ...(syncUrl === undefined ? {} : { syncUrl }),
      uidMacro,
      redirectHosts,
    })),
    publishers: [...publisher.values()].map(({ id, definition: { domains } }) => ({ id, domains })),
    providers: [...providers.values()],
  };
}

function compileRules(copy: CatalogCopy): RulesSnapshot {
  return {
    audiences: [...copy.resources.audience.values()].map(({ id, definition: { name, rule } }) => {
      const state = copy.audienceStates.get(id);
      if (state === undefined) throw new Error(`audience ${id} has no version`);
      return { id, number: state.number, version: state.version, name, rule };
    }),
  };
}

function compileBidding(copy: CatalogCopy, keys: readonly KeySnapshot[]): BiddingSnapshot {
  const { advertiser, exchange, lineItem, creative, provider } = copy.resources;
  return {
    adminKeyHashes: keys.filter((key) => key.role.kind === 'admin').map((key) => key.hash),
    exchanges: [...exchange.values()].map(toExchange),
    advertisers: [...advertiser.values()].map(({ id, definition }) => ({
      id,
      name: definition.name,
      domain: definition.domain,
      categories: definition.categories,
      bundles: definition.bundles,
    })),
    lineItems: [...lineItem.values()]
      .filter(({ definition }) => definition.status === 'active')
      .filter((stored) => referencesResolve(stored, copy))
      .map(toLineItem),
    pausedLineItems: [...lineItem.values()]
      .filter(({ definition }) => definition.status === 'paused')
      .map(({ id, definition: { name } }) => ({ id, name })),
    creatives: [...creative.values()].map((stored) => toCreative(stored, copy)),
    providerVendors: Object.fromEntries(
      [...provider.values()].flatMap(({ id, definition: { tcfVendorId } }) =>
        tcfVendorId === undefined ? [] : [[id, tcfVendorId]],
      ),
    ),
    fx: copy.fxRates === undefined ? null : copy.fxRates.definition,
  };
}

/** The catalog refuses to lose what is used; a line item that lost something all the same must not bid. */
function referencesResolve({ ownerId, definition }: Stored<LineItemDefinition>, copy: CatalogCopy): boolean {
  const { advertiser, audience, creative, exchange } = copy.resources;
  const { anyOf, allOf, noneOf } = definition.audiences;
  return (
    advertiser.has(ownerId ?? '') &&
    [...anyOf, ...allOf, ...noneOf].every((id) => audience.has(id)) &&
    definition.creatives.every((id) => creative.has(id)) &&
    definition.exchanges.every((id) => exchange.has(id))
  );
}

function toExchange({ id, definition }: Stored<ExchangeDefinition>): ExchangeSnapshot {
  const { matching, currencies, maxQps, seat, billing, keyHash, allowCidrs } = definition;
  return {
    id,
    ...(matching.partner === undefined ? {} : { partner: matching.partner }),
    currencies,
    ...(maxQps === undefined ? {} : { maxQps }),
    ...(seat === undefined ? {} : { seat }),
    billing,
    ...(keyHash === undefined ? {} : { keyHash }),
    allowCidrs,
  };
}

function toLineItem({ id, ownerId, definition }: Stored<LineItemDefinition>): LineItemSnapshot {
  const { flight, budget } = definition;
  return {
    id,
    advertiserId: ownerId ?? '',
    name: definition.name,
    bidCpmMicros: micros(definition.bidCpm),
    currency: definition.currency,
    audiences: definition.audiences,
    geo: definition.geo,
    devices: definition.devices,
    sites: definition.sites,
    deals: definition.deals,
    exchanges: definition.exchanges,
    flight: {
      ...(flight.start === undefined ? {} : { start: epochMs(flight.start) }),
      ...(flight.end === undefined ? {} : { end: epochMs(flight.end) }),
    },
    budget: {
      ...(budget.daily === undefined ? {} : { dailyMicros: micros(budget.daily) }),
      ...(budget.total === undefined ? {} : { totalMicros: micros(budget.total) }),
    },
    creatives: definition.creatives,
  };
}

function toCreative(
  { id, ownerId, definition }: Stored<CreativeDefinition>,
  copy: CatalogCopy,
): CreativeSnapshot {
  const advertiser = copy.resources.advertiser.get(ownerId ?? '')?.definition;
  const { type, w, h, adm, clickUrl, adomain, cat, attr, mimes, api } = definition;
  return {
    id,
    advertiserId: ownerId ?? '',
    type,
    w,
    h,
    adm,
    ...(clickUrl === undefined ? {} : { clickUrl }),
    // A bid always says whose it is: what the creative leaves out, its advertiser says.
    adomain: adomain.length > 0 || advertiser === undefined ? adomain : [advertiser.domain],
    cat: cat.length > 0 || advertiser === undefined ? cat : advertiser.categories,
    attr,
    mimes,
    api,
    secure: isSecure(adm),
  };
}

/** What was accepted can be read again. */
function micros(decimal: string): number {
  const value = decimalToMicros(decimal);
  if (value === null) throw new Error(`not an amount: ${decimal}`);
  return value;
}

function epochMs(timestamp: string): number {
  const value = parseTimestamp(timestamp);
  if (value === null) throw new Error(`not a time: ${timestamp}`);
  return value;
}
