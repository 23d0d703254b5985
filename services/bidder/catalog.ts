import type { AudiencesSnapshot, BiddingSnapshot } from '../shared/domain/snapshot';
import type { BudgetLeaser } from './budget/budget-leaser';
import { createEngine, type Engine } from './engine';
import { BiddingIndex } from './snapshot/bidding-index';

const NOTHING: BiddingSnapshot = {
  adminKeyHashes: [],
  exchanges: [],
  advertisers: [],
  lineItems: [],
  creatives: [],
  fx: null,
};

/** The catalog in force: two documents compiled into one engine, which is swapped whole when either changes. */
export class Catalog {
  readonly #budget: BudgetLeaser;
  #bidding: BiddingIndex;
  #audiences: AudiencesSnapshot = { audiences: [] };
  #engine: Engine;

  constructor(budget: BudgetLeaser) {
    this.#budget = budget;
    this.#bidding = new BiddingIndex(NOTHING, () => undefined);
    this.#engine = createEngine(this.#bidding, this.#audiences);
  }

  engine(): Engine {
    return this.#engine;
  }

  setBidding(snapshot: BiddingSnapshot): void {
    // Budgets first: a line item with one never bids without its slot.
    this.#budget.update(snapshot.lineItems);
    this.#bidding = new BiddingIndex(snapshot, (id) => this.#budget.slot(id));
    this.#engine = createEngine(this.#bidding, this.#audiences);
  }

  setAudiences(snapshot: AudiencesSnapshot): void {
    this.#audiences = snapshot;
    this.#engine = createEngine(this.#bidding, snapshot);
  }
}
