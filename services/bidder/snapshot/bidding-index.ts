import type { BiddingSnapshot } from '../../shared/domain/snapshot';
import type { BudgetSlot } from '../budget/budget-slot';
import { createBitset, setBit, type Bitset } from './bitset';
import { categoryAndParent } from './categories';
import { toAlpha3 } from './countries';
import { compileCreative, type CompiledCreative } from './creative';
import { domainAndParents, normalDomain } from './domains';
import { CompiledExchange } from './exchange';
import { Flights } from './flights';
import { FxTable } from './fx';
import { compileLineItem, type CompiledLineItem } from './line-item';
import { ValueIndex } from './value-index';

/** Prices of all line items in one currency, by index; NaN where there is no rate. */
type Prices = Float64Array;

/**
 * The catalog as the bid path asks it: immutable, compiled off the hot path, swapped whole. Line items are
 * ordered by price, so that the first one left over is the winner; every set of them is a bitset over that
 * order, every set of creatives one over theirs.
 */
export class BiddingIndex {
  readonly adminKeyHashes: ReadonlySet<string>;
  readonly exchanges: ReadonlyMap<string, CompiledExchange>;
  readonly lineItems: readonly CompiledLineItem[];
  readonly pausedLineItems: NonNullable<BiddingSnapshot['pausedLineItems']>;
  readonly creatives: readonly CompiledCreative[];
  /** Provider → its id on the TCF vendor list. */
  readonly providerVendors: ReadonlyMap<string, number>;
  readonly fx: FxTable;

  readonly byExchange: ValueIndex<string>;
  readonly byCountry: ValueIndex<string>;
  readonly byRegion: ValueIndex<string>;
  readonly byCity: ValueIndex<string>;
  readonly byDeviceType: ValueIndex<number>;
  readonly byOs: ValueIndex<string>;
  readonly bySite: ValueIndex<string>;
  readonly flights: Flights;
  /** Site domain or app bundle → line items that exclude it. */
  readonly excludingSite = new Map<string, Bitset>();
  /** Size key → line items with a creative of that size. */
  readonly bySize = new Map<number, Bitset>();
  readonly byDeal = new Map<string, Bitset>();
  readonly withoutDeals: Bitset;
  readonly needsPerson: Bitset;
  /** Category, and its parent, → creatives. */
  readonly creativesByCategory = new Map<string, Bitset>();
  /** Advertiser's domain, and its parents, → creatives. */
  readonly creativesByDomain = new Map<string, Bitset>();
  readonly creativesByBundle = new Map<string, Bitset>();
  readonly #prices = new Map<string, Prices>();

  /** `budgetOf`: the budget of a line item by id, as it was before the swap; undefined where none is set. */
  constructor(snapshot: BiddingSnapshot, budgetOf: (lineItemId: string) => BudgetSlot | undefined) {
    this.adminKeyHashes = new Set(snapshot.adminKeyHashes);
    this.exchanges = new Map(
      snapshot.exchanges.map((exchange) => [exchange.id, new CompiledExchange(exchange)]),
    );
    this.pausedLineItems = snapshot.pausedLineItems ?? [];
    this.providerVendors = new Map(Object.entries(snapshot.providerVendors ?? {}));
    this.fx = new FxTable(snapshot.fx);

    const advertisers = new Map(snapshot.advertisers.map((advertiser) => [advertiser.id, advertiser]));
    this.creatives = snapshot.creatives.map((creative, index) =>
      compileCreative(creative, advertisers.get(creative.advertiserId), index),
    );
    const creatives = new Map(this.creatives.map((creative) => [creative.id, creative]));
    this.lineItems = [...snapshot.lineItems]
      .sort(
        (a, b) =>
          this.fx.comparable(b.bidCpmMicros, b.currency) - this.fx.comparable(a.bidCpmMicros, a.currency) ||
          (a.id < b.id ? -1 : 1),
      )
      .map((lineItem, index) => {
        const own = lineItem.creatives.flatMap((id) => creatives.get(id) ?? []);
        return compileLineItem(lineItem, index, own, budgetOf(lineItem.id));
      });

    const size = this.lineItems.length;
    this.byExchange = new ValueIndex(size);
    this.byCountry = new ValueIndex(size);
    this.byRegion = new ValueIndex(size);
    this.byCity = new ValueIndex(size);
    this.byDeviceType = new ValueIndex(size);
    this.byOs = new ValueIndex(size);
    this.bySite = new ValueIndex(size);
    this.withoutDeals = createBitset(size);
    this.needsPerson = createBitset(size);
    for (const lineItem of this.lineItems) this.#addLineItem(lineItem);
    for (const index of [
      this.byExchange,
      this.byCountry,
      this.byRegion,
      this.byCity,
      this.byOs,
      this.bySite,
    ]) {
      index.freeze();
    }
    this.byDeviceType.freeze();
    this.flights = new Flights(this.lineItems.map(({ source }) => source.flight));
    for (const creative of this.creatives) this.#addCreative(creative);
  }

  /**
   * CPM micros of every line item in `currency`, rounded to the nearest; undefined for a currency in which
   * none can bid. Bounded: only currencies of rates or of line items have prices.
   */
  pricesIn(currency: string): Prices | undefined {
    const known = this.#prices.get(currency);
    if (known !== undefined) return known;
    const prices = this.#computePrices(currency);
    if (prices !== undefined) this.#prices.set(currency, prices);
    return prices;
  }

  #computePrices(currency: string): Prices | undefined {
    let some = false;
    const prices = Float64Array.from(this.lineItems, (lineItem) => {
      const factor = this.fx.factor(lineItem.currency, currency);
      if (factor === undefined) return NaN;
      some = true;
      return factor === 1 ? lineItem.priceMicros : Math.round(lineItem.priceMicros * factor);
    });
    return some ? prices : undefined;
  }

  #addLineItem({ index, source, ads, needsPerson }: CompiledLineItem): void {
    const size = this.lineItems.length;
    this.byExchange.add(index, source.exchanges);
    this.byCountry.add(index, source.geo.countries.map(toAlpha3));
    this.byRegion.add(index, lower(source.geo.regions));
    this.byCity.add(index, lower(source.geo.cities));
    this.byDeviceType.add(index, source.devices.types);
    this.byOs.add(index, lower(source.devices.os));
    this.bySite.add(index, source.sites.include.map(normalDomain));
    for (const site of source.sites.exclude) addTo(this.excludingSite, normalDomain(site), index, size);
    for (const { creative } of ads) addTo(this.bySize, creative.sizeKey, index, size);
    for (const deal of source.deals) addTo(this.byDeal, deal, index, size);
    if (source.deals.length === 0) setBit(this.withoutDeals, index);
    if (needsPerson) setBit(this.needsPerson, index);
  }

  #addCreative({ index, categories, domains, bundles }: CompiledCreative): void {
    const size = this.creatives.length;
    for (const category of categories) {
      for (const covering of categoryAndParent(category))
        addTo(this.creativesByCategory, covering, index, size);
    }
    for (const domain of domains) {
      for (const covering of domainAndParents(domain)) addTo(this.creativesByDomain, covering, index, size);
    }
    for (const bundle of bundles) addTo(this.creativesByBundle, bundle, index, size);
  }
}

function addTo<K>(sets: Map<K, Bitset>, key: K, index: number, size: number): void {
  let bits = sets.get(key);
  if (bits === undefined) {
    bits = createBitset(size);
    sets.set(key, bits);
  }
  setBit(bits, index);
}

function lower(texts: readonly string[]): string[] {
  return texts.map((text) => text.trim().toLowerCase());
}
