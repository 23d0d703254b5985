import type { Deal, Imp } from '../request/bid-request';
import type { FxTable } from '../snapshot/fx';

const MICROS = 1_000_000;
/** Converting a floor passes through binary fractions: a price that equals it must not fail by the last bit. */
const CONVERSION_SLACK = 1e-10;

/**
 * The floors of one impression in the response's currency. A bid on a deal is held to the deal's floor where
 * it has one, every other to the impression's (OpenRTB 7.11.2).
 */
export class Floors {
  readonly #fx: FxTable;
  #currency = '';
  #impFloor: number | undefined;
  /** CPM micros under which no line item passes. */
  lowest = 0;

  constructor(fx: FxTable) {
    this.#fx = fx;
  }

  start(imp: Imp, currency: string): void {
    this.#currency = currency;
    this.#impFloor = this.#convert(imp.bidfloor, imp.bidfloorcur);
    let lowest = this.#impFloor ?? 0;
    for (const deal of imp.deals) {
      if (deal.bidfloor !== undefined) {
        lowest = Math.min(lowest, this.#convert(deal.bidfloor, deal.bidfloorcur) ?? 0);
      }
    }
    this.lowest = lowest * MICROS;
  }

  /** A floor in a currency without a rate cannot be compared, so that nothing is bid under it. */
  check(priceMicros: number, deal: Deal | undefined): 'no_fx_rate' | 'deal_floor' | 'bid_floor' | undefined {
    const isDeals = deal?.bidfloor !== undefined;
    const floor = isDeals ? this.#convert(deal.bidfloor!, deal.bidfloorcur) : this.#impFloor;
    if (floor === undefined) return 'no_fx_rate';
    // Converted to less than a micro: a price of nothing is no bid.
    if (priceMicros <= 0) return 'bid_floor';
    // Divided, not multiplied: that is the number which goes out, correctly rounded.
    if (priceMicros / MICROS >= floor) return undefined;
    return isDeals ? 'deal_floor' : 'bid_floor';
  }

  #convert(floor: number, currency: string): number | undefined {
    if (floor <= 0) return 0;
    if (currency === this.#currency) return floor;
    const factor = this.#fx.factor(currency, this.#currency);
    return factor === undefined ? undefined : floor * factor * (1 - CONVERSION_SLACK);
  }
}
