import type {
  BiddingSnapshot,
  CreativeSnapshot,
  ExchangeSnapshot,
  LineItemSnapshot,
} from '../../shared/domain/snapshot';

type DeepPartial<T> = {
  [K in keyof T]?: T[K] extends unknown[] ? T[K] : T[K] extends object ? DeepPartial<T[K]> : T[K];
};

export type LineItemPatch = DeepPartial<LineItemSnapshot> & { id: string };
export type CreativePatch = Partial<CreativeSnapshot> & { id: string };
export type ExchangePatch = Partial<ExchangeSnapshot> & { id: string };

/** A line item for everybody at 2.50 USD with the creative `banner`, changed by the patch. */
export function lineItem(patch: LineItemPatch): LineItemSnapshot {
  const { audiences, geo, devices, sites, flight, budget, ...rest } = patch;
  return {
    advertiserId: 'shop',
    name: patch.id,
    bidCpmMicros: 2_500_000,
    currency: 'USD',
    deals: [],
    exchanges: [],
    creatives: ['banner'],
    ...rest,
    audiences: { anyOf: [], allOf: [], noneOf: [], ...audiences },
    geo: { countries: [], regions: [], cities: [], ...geo },
    devices: { types: [], os: [], ...devices },
    sites: { include: [], exclude: [], ...sites },
    flight: { ...flight },
    budget: { ...budget },
  };
}

/** A secure 300x250 image of the advertiser `shop`. */
export function creative(patch: CreativePatch): CreativeSnapshot {
  return {
    advertiserId: 'shop',
    type: 'banner',
    w: 300,
    h: 250,
    adm: '<a href="${MUSTER_CLICK}"><img src="https://cdn.shop.example/a.png"></a>',
    clickUrl: 'https://shop.example/landing?a=1&b=2',
    adomain: ['shop.example'],
    cat: ['IAB22-1'],
    attr: [],
    mimes: ['image/png'],
    api: [],
    secure: true,
    ...patch,
  };
}

export function exchange(patch: ExchangePatch): ExchangeSnapshot {
  return { currencies: ['USD'], billing: 'burl', allowCidrs: [], partner: 'acme', seat: 'seat-1', ...patch };
}

export interface CatalogPatch {
  lineItems?: LineItemPatch[];
  pausedLineItems?: BiddingSnapshot['pausedLineItems'];
  creatives?: CreativePatch[];
  exchanges?: ExchangePatch[];
  advertisers?: BiddingSnapshot['advertisers'];
  providerVendors?: BiddingSnapshot['providerVendors'];
  fx?: BiddingSnapshot['fx'];
  adminKeyHashes?: string[];
}

export function catalog(patch: CatalogPatch): BiddingSnapshot {
  return {
    adminKeyHashes: patch.adminKeyHashes ?? [],
    exchanges: (patch.exchanges ?? [{ id: 'ex' }]).map(exchange),
    advertisers: patch.advertisers ?? [
      { id: 'shop', name: 'Shop', domain: 'shop.example', categories: ['IAB22'] },
    ],
    lineItems: (patch.lineItems ?? [{ id: 'li' }]).map(lineItem),
    pausedLineItems: patch.pausedLineItems,
    creatives: (patch.creatives ?? [{ id: 'banner' }]).map(creative),
    providerVendors: patch.providerVendors,
    fx: patch.fx ?? null,
  };
}
