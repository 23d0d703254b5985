import type { BidRequest, Imp } from '../request/bid-request';
import type { BiddingIndex } from '../snapshot/bidding-index';
import { nextBit } from '../snapshot/bitset';
import type { CompiledExchange } from '../snapshot/exchange';
import type { ImpMatch, Offer } from './imp-match';
import type { RequestMatch } from './request-match';
import { turnOf } from './turn';

export interface Choice {
  imp: Imp;
  offer: Offer;
}

export interface Selection {
  /** That of every bid in the response: OpenRTB has one for all of them. */
  currency: string | undefined;
  count: number;
}

export interface SelectOptions {
  bidding: BiddingIndex;
  requestMatch: RequestMatch;
  impMatch: ImpMatch;
  request: BidRequest;
  exchange: CompiledExchange;
  /** Called for each choice before the next impression is looked at: what it reserves is gone for the next. */
  onChoice: (choice: Choice, currency: string) => void;
}

/**
 * The highest price for each impression, in the first allowed currency in which anything can be bid. Line
 * items are ordered by price, so that the first to pass wins; equal prices take turns by the request's id.
 * Without any bid, `currency` is the first in which line items have a price.
 */
export function select(options: SelectOptions): Selection {
  const { bidding, request, exchange } = options;
  let first: string | undefined;
  for (const currency of allowedCurrencies(request, exchange)) {
    const prices = bidding.pricesIn(currency);
    if (prices === undefined) continue;
    first ??= currency;
    let count = 0;
    for (const imp of request.imps) {
      const choice = chooseFor(imp, currency, prices, options);
      if (choice === undefined) continue;
      count += 1;
      options.onChoice(choice, currency);
    }
    if (count > 0) return { currency, count };
  }
  return { currency: first, count: 0 };
}

/** The request's currencies in its order; where it names none, the exchange's. */
export function allowedCurrencies({ cur }: BidRequest, exchange: CompiledExchange): readonly string[] {
  return cur.length > 0 ? cur : exchange.currencies;
}

function chooseFor(
  imp: Imp,
  currency: string,
  prices: Float64Array,
  options: SelectOptions,
): Choice | undefined {
  const { bidding, requestMatch, impMatch, request } = options;
  impMatch.startImp(imp, requestMatch.eligible, currency, prices);
  const { candidates } = impMatch;
  let at = nextBit(candidates, 0);
  while (at !== -1) {
    const price = prices[at]!;
    if (Number.isNaN(price)) {
      at = nextBit(candidates, at + 1);
      continue;
    }
    if (price < impMatch.lowestFloor - 1) return undefined;
    // All that ask the same price; one without a rate stands among them and is passed over.
    const equals: number[] = [];
    while (at !== -1 && !(prices[at]! < price)) {
      if (!Number.isNaN(prices[at])) equals.push(at);
      at = nextBit(candidates, at + 1);
    }
    const first = equals.length > 1 ? turnOf(request.id, imp.index, equals.length) : 0;
    for (let i = 0; i < equals.length; i++) {
      const result = impMatch.offerOf(bidding.lineItems[equals[(first + i) % equals.length]!]!);
      if (result.ok) return { imp, offer: result.offer };
    }
  }
  return undefined;
}
