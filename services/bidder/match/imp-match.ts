import type { LineItemReason } from '../../shared/domain/reasons';
import { canReserve } from '../budget/budget-slot';
import type { Banner, BidRequest, Deal, Imp } from '../request/bid-request';
import type { BiddingIndex } from '../snapshot/bidding-index';
import { createBitset, orInto, type Bitset } from '../snapshot/bitset';
import type { CompiledExchange } from '../snapshot/exchange';
import type { CompiledAd, CompiledLineItem } from '../snapshot/line-item';
import { CreativeBlocks } from './creative-blocks';
import { reasonAgainstCreative } from './creative-checks';
import { isDomainAllowed, isSeatInDeal } from './deals';
import { Floors } from './floors';
import { LineItemFilters } from './line-item-filter';
import { turnOf } from './turn';

/** What a bid on an impression would be. */
export interface Offer {
  lineItem: CompiledLineItem;
  ad: CompiledAd;
  deal: Deal | undefined;
  /** CPM micros of the response's currency. */
  priceMicros: number;
}

export type OfferResult = { ok: true; offer: Offer } | { ok: false; reason: LineItemReason };

/**
 * What an impression demands of each line item. The same code serves the bid and its explanation. Holds
 * scratch space: `startRequest`, then for each impression `startImp`, then any number of questions.
 */
export class ImpMatch {
  /** Line items left over by the request and the impression, before those checks that are made one by one. */
  readonly candidates: Bitset;
  readonly #bidding: BiddingIndex;
  readonly #blocks: CreativeBlocks;
  readonly #floors: Floors;
  readonly #filters = new LineItemFilters();
  readonly #none: Bitset;
  readonly #sized: Bitset;
  readonly #dealt: Bitset;
  #request!: BidRequest;
  #seat: string | undefined;
  #nowMs = 0;
  #imp!: Imp;
  #banner: Banner | undefined;
  #prices!: Float64Array;

  constructor(bidding: BiddingIndex) {
    const size = bidding.lineItems.length;
    this.#bidding = bidding;
    this.#blocks = new CreativeBlocks(bidding);
    this.#floors = new Floors(bidding.fx);
    this.candidates = createBitset(size);
    this.#none = createBitset(size);
    this.#sized = createBitset(size);
    this.#dealt = createBitset(size);
  }

  startRequest(request: BidRequest, exchange: CompiledExchange, nowMs: number): void {
    this.#request = request;
    this.#seat = exchange.seat;
    this.#nowMs = nowMs;
    this.#blocks.prepare(request);
  }

  /** `prices`: of all line items, in `currency`. */
  startImp(imp: Imp, eligible: Bitset, currency: string, prices: Float64Array): void {
    this.#imp = imp;
    this.#banner = imp.banner;
    this.#prices = prices;
    this.#floors.start(imp, currency);
    this.#filters.clear();
    if (this.#request.place === undefined) this.#filters.keep('no_place', this.#none);
    if (imp.banner === undefined) this.#filters.keep('media_type', this.#none);
    // Paid once for each of several people: no budget of ours is made for that.
    if (imp.multiplier !== 1) this.#filters.keep('quantity', this.#none);
    if (imp.banner !== undefined) this.#filters.keep('size', this.#ofSizes(imp.banner.sizes));
    const dealt = this.#withDealOf(imp);
    this.#filters.keep(imp.privateAuction ? 'private_auction' : 'deal_not_offered', dealt);
    this.candidates.set(eligible);
    this.#filters.apply(this.candidates);
  }

  /** Price in CPM micros under which nothing can be bid on this impression, deals included. */
  get lowestFloor(): number {
    return this.#floors.lowest;
  }

  /** What the line item would bid, or the first reason against it; the request's own checks are not repeated. */
  offerOf(lineItem: CompiledLineItem): OfferResult {
    const filtered = this.#filters.reasonAgainst(lineItem.index);
    if (filtered !== undefined) return { ok: false, reason: filtered };
    const priceMicros = this.#prices[lineItem.index]!;
    if (Number.isNaN(priceMicros)) return { ok: false, reason: 'no_fx_rate' };
    const result =
      lineItem.deals.size === 0
        ? this.#offerUnder(lineItem, priceMicros, undefined)
        : this.#offerUnderDeals(lineItem, priceMicros);
    if (!result.ok || lineItem.budget === undefined || canReserve(lineItem.budget, this.#nowMs))
      return result;
    return { ok: false, reason: 'budget_exhausted' };
  }

  /** The first deal in the request's order whose terms hold. */
  #offerUnderDeals(lineItem: CompiledLineItem, priceMicros: number): OfferResult {
    let refused: OfferResult = { ok: false, reason: 'deal_not_offered' };
    for (const deal of this.#imp.deals) {
      if (!lineItem.deals.has(deal.id)) continue;
      refused = this.#offerUnder(lineItem, priceMicros, deal);
      if (refused.ok) return refused;
    }
    return refused;
  }

  #offerUnder(lineItem: CompiledLineItem, priceMicros: number, deal: Deal | undefined): OfferResult {
    if (deal !== undefined && !isSeatInDeal(deal, this.#seat)) return { ok: false, reason: 'deal_seat' };
    const floor = this.#floors.check(priceMicros, deal);
    if (floor !== undefined) return { ok: false, reason: floor };
    let reason: LineItemReason = 'size';
    const { ads } = lineItem;
    // Creatives take turns from request to request, but for one request it is always the same one.
    const first = ads.length > 1 ? this.#turn(ads.length) : 0;
    for (let i = 0; i < ads.length; i++) {
      const ad = ads[(first + i) % ads.length]!;
      if (!this.#banner!.sizes.includes(ad.creative.sizeKey)) continue;
      const against =
        deal !== undefined && !isDomainAllowed(deal, ad.creative)
          ? 'deal_advertiser'
          : (reasonAgainstCreative(ad.creative, this.#imp, this.#banner!) ??
            this.#blocks.reasonAgainst(ad.creative));
      if (against === undefined) return { ok: true, offer: { lineItem, ad, deal, priceMicros } };
      reason = against;
    }
    return { ok: false, reason };
  }

  #turn(count: number): number {
    return turnOf(this.#request.id, this.#imp.index, count);
  }

  #ofSizes(sizes: readonly number[]): Bitset {
    const sized = this.#sized.fill(0);
    for (const size of sizes) {
      const bits = this.#bidding.bySize.get(size);
      if (bits !== undefined) orInto(sized, bits);
    }
    return sized;
  }

  /** Line items with one of the impression's deals, and in an open auction those without any. */
  #withDealOf({ deals, privateAuction }: Imp): Bitset {
    if (deals.length === 0) return privateAuction ? this.#none : this.#bidding.withoutDeals;
    const dealt = this.#dealt;
    if (privateAuction) dealt.fill(0);
    else dealt.set(this.#bidding.withoutDeals);
    for (const { id } of deals) {
      const bits = this.#bidding.byDeal.get(id);
      if (bits !== undefined) orInto(dealt, bits);
    }
    return dealt;
  }
}
