import type { AudiencesSnapshot } from '../../shared/domain/snapshot';
import type { BiddingIndex } from './bidding-index';
import { createBitset, createFullBitset, clearBit, setBit, type Bitset } from './bitset';

/** One audience as line items name it. */
export interface CompiledAudience {
  index: number;
  id: string;
  ready: boolean;
  /** Indexes of line items that name it, by list. */
  anyOf: number[];
  allOf: number[];
  noneOf: number[];
  /** TCF ids of the providers whose data it rests on. */
  vendors: readonly number[];
}

/**
 * Which line items the memberships of a person open and close. An audience that is not built, or that nobody
 * knows, closes every line item naming it in any list: without it nobody can say who is excluded.
 */
export class AudienceIndex {
  /** Audience versions by their dense number; only ready ones, a membership of another version says nothing. */
  readonly byNumber = new Map<number, CompiledAudience>();
  readonly byId = new Map<string, CompiledAudience>();
  /** Line items all of whose audiences are ready; undefined when that holds for all. */
  readonly ready: Bitset | undefined;
  readonly withoutAnyOf: Bitset;
  readonly withoutAllOf: Bitset;
  readonly all: Bitset;
  /** TCF ids of providers that any audience rests on, each once. */
  readonly vendors: readonly number[];
  /** Number of different audiences that each line item wants all of. */
  readonly allOfCount: Uint16Array;

  constructor(bidding: BiddingIndex, audiences: AudiencesSnapshot) {
    const size = bidding.lineItems.length;
    this.all = createFullBitset(size);
    this.withoutAnyOf = createBitset(size);
    this.withoutAllOf = createBitset(size);
    this.allOfCount = new Uint16Array(size);
    const states = new Map(audiences.audiences.map((audience) => [audience.id, audience]));
    const audienceOf = (id: string): CompiledAudience =>
      this.byId.get(id) ?? this.#add(id, states.get(id), bidding.providerVendors);
    const ready = createFullBitset(size);
    let allReady = true;

    for (const { index, source } of bidding.lineItems) {
      for (const list of ['anyOf', 'allOf', 'noneOf'] as const) {
        for (const id of new Set(source.audiences[list])) {
          const audience = audienceOf(id);
          audience[list].push(index);
          if (list === 'allOf') this.allOfCount[index]! += 1;
          if (audience.ready) continue;
          clearBit(ready, index);
          allReady = false;
        }
      }
      if (source.audiences.anyOf.length === 0) setBit(this.withoutAnyOf, index);
      if (source.audiences.allOf.length === 0) setBit(this.withoutAllOf, index);
    }
    this.ready = allReady ? undefined : ready;
    for (const { id, number, ready: isReady } of audiences.audiences) {
      if (isReady) this.byNumber.set(number, audienceOf(id));
    }
    this.vendors = [...new Set([...this.byId.values()].flatMap(({ vendors }) => vendors))];
  }

  #add(
    id: string,
    state: AudiencesSnapshot['audiences'][number] | undefined,
    vendorOf: ReadonlyMap<string, number>,
  ): CompiledAudience {
    const { ready = false, providers = [] } = state ?? {};
    const vendors = [...new Set(providers.flatMap((provider) => vendorOf.get(provider) ?? []))];
    const audience = { index: this.byId.size, id, ready, anyOf: [], allOf: [], noneOf: [], vendors };
    this.byId.set(id, audience);
    return audience;
  }
}
