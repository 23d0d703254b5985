import type { LineItemReason } from '../../shared/domain/reasons';
import type { BidRequest } from '../request/bid-request';
import type { BiddingIndex } from '../snapshot/bidding-index';
import { createBitset, hasBit, orInto, type Bitset } from '../snapshot/bitset';
import { categoryAndParent, isComparable, normalCategory } from '../snapshot/categories';
import type { CompiledCreative } from '../snapshot/creative';
import { normalDomain } from '../snapshot/domains';

/**
 * Which creatives a request forbids by `bcat`, `acat`, `badv` and `bapp`. The lists of a request are looked up
 * in the catalog's few values, not the other way round: exchanges send hundreds of entries.
 */
export class CreativeBlocks {
  readonly #bidding: BiddingIndex;
  readonly #byCategory: BlockedSet;
  readonly #byDomain: BlockedSet;
  readonly #byBundle: BlockedSet;
  /** Undefined: no allow-list. */
  #allowedCategories: Set<string> | undefined;
  /** A list is in a taxonomy that says nothing about our categories. */
  #isForeign = false;

  constructor(bidding: BiddingIndex) {
    const size = bidding.creatives.length;
    this.#bidding = bidding;
    this.#byCategory = new BlockedSet(size);
    this.#byDomain = new BlockedSet(size);
    this.#byBundle = new BlockedSet(size);
  }

  prepare({ bcat, acat, cattax, badv, bapp }: BidRequest): void {
    const { creativesByCategory, creativesByDomain, creativesByBundle } = this.#bidding;
    this.#byCategory.prepare(bcat, creativesByCategory, normalCategory);
    this.#byDomain.prepare(badv, creativesByDomain, normalDomain);
    this.#byBundle.prepare(bapp, creativesByBundle, normalBundle);
    this.#allowedCategories = acat.length === 0 ? undefined : new Set(acat.map(normalCategory));
    this.#isForeign =
      cattax !== 1 && [...bcat, ...acat].some((code) => !isComparable(normalCategory(code), cattax));
  }

  reasonAgainst(creative: CompiledCreative): LineItemReason | undefined {
    if (this.#byCategory.has(creative.index)) return 'category_blocked';
    if (this.#isForeign && creative.categories.length > 0) return 'category_taxonomy';
    if (this.#allowedCategories !== undefined && !isAllowed(creative, this.#allowedCategories)) {
      return 'category_not_allowed';
    }
    if (this.#byDomain.has(creative.index)) return 'advertiser_blocked';
    return this.#byBundle.has(creative.index) ? 'app_blocked' : undefined;
  }
}

/** Every category must be allowed, and what has none is not known to be. */
function isAllowed({ categories }: CompiledCreative, allowed: ReadonlySet<string>): boolean {
  return (
    categories.length > 0 &&
    categories.every((category) => categoryAndParent(category).some((code) => allowed.has(code)))
  );
}

function normalBundle(bundle: string): string {
  return bundle.trim().toLowerCase();
}

class BlockedSet {
  readonly #bits: Bitset;
  #isEmpty = true;

  constructor(size: number) {
    this.#bits = createBitset(size);
  }

  prepare(
    entries: readonly string[],
    covering: ReadonlyMap<string, Bitset>,
    normal: (entry: string) => string,
  ): void {
    if (!this.#isEmpty) this.#bits.fill(0);
    this.#isEmpty = true;
    if (covering.size === 0) return;
    for (const entry of entries) {
      // Nearly all entries are written in normal form, and nearly none is about us.
      const blocked = covering.get(entry) ?? covering.get(normal(entry));
      if (blocked === undefined) continue;
      orInto(this.#bits, blocked);
      this.#isEmpty = false;
    }
  }

  has(index: number): boolean {
    return !this.#isEmpty && hasBit(this.#bits, index);
  }
}
