import type { BiddingSnapshot } from '../../shared/domain/snapshot';

/** Factors between currencies. A currency needs no rate to itself. */
export class FxTable {
  readonly #rates = new Map<string, number>();

  /** `fx.rates`: what one unit of `fx.base` is in each currency. */
  constructor(fx: BiddingSnapshot['fx']) {
    if (fx === null) return;
    for (const [currency, rate] of Object.entries(fx.rates)) this.#rates.set(currency, rate);
    this.#rates.set(fx.base, 1);
  }

  /** What an amount in `from` is to be multiplied with to be one in `to`; undefined where a rate is missing. */
  factor(from: string, to: string): number | undefined {
    if (from === to) return 1;
    const fromRate = this.#rates.get(from);
    const toRate = this.#rates.get(to);
    return fromRate === undefined || toRate === undefined ? undefined : toRate / fromRate;
  }

  /** An amount that orders prices of all currencies with a rate; those without one compare only among themselves. */
  comparable(micros: number, currency: string): number {
    return micros / (this.#rates.get(currency) ?? 1);
  }
}
