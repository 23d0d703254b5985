import type { MembershipRecord } from '../../shared/stores/lookups/lookups';
import type { AudienceIndex, CompiledAudience } from '../snapshot/audience-index';
import { setBit, type Bitset } from '../snapshot/bitset';

const NONE: readonly string[] = [];

/**
 * What a person's memberships say about each line item. Only lists of audiences that the person is in are
 * walked: the cost is that of the person, not of the catalog.
 */
export class AudienceMatch {
  /** Line items one of whose `anyOf` is held, or that have none. */
  readonly anyOf: Bitset;
  readonly allOf: Bitset;
  /** Line items that exclude an audience that is held. */
  readonly noneOf: Bitset;
  /** Line items that exclude an audience of which nobody may say whether it is held; of use only where vendors are denied. */
  readonly undecided: Bitset;
  /** Those that may be used on this request. */
  readonly held: CompiledAudience[] = [];
  readonly #index: AudienceIndex;
  readonly #counts: Uint16Array;

  constructor(index: AudienceIndex) {
    this.#index = index;
    this.anyOf = new Uint32Array(index.all.length);
    this.allOf = new Uint32Array(index.all.length);
    this.noneOf = new Uint32Array(index.all.length);
    this.undecided = new Uint32Array(index.all.length);
    this.#counts = new Uint16Array(index.allOfCount.length);
  }

  /**
   * Undefined: a person without memberships. Memberships that ran out count for nothing, told or not; nor do those in
   * audiences that rest on data of `deniedVendors`, which also close the line items that exclude such an audience.
   */
  match(record: MembershipRecord | undefined, deniedVendors: readonly number[], nowMs: number): void {
    const { withoutAnyOf, withoutAllOf, byNumber, allOfCount } = this.#index;
    this.anyOf.set(withoutAnyOf);
    this.allOf.set(withoutAllOf);
    this.noneOf.fill(0);
    this.held.length = 0;
    if (deniedVendors.length > 0) this.#setUndecided(deniedVendors);
    if (record === undefined) return;
    const nowS = nowMs / 1000;
    for (const { audience: number, untilS } of record.memberships) {
      if (untilS <= nowS) continue;
      const audience = byNumber.get(number);
      if (audience !== undefined && !restsOn(audience, deniedVendors)) this.held.push(audience);
    }
    for (const audience of this.held) {
      for (const lineItem of audience.anyOf) setBit(this.anyOf, lineItem);
      for (const lineItem of audience.noneOf) setBit(this.noneOf, lineItem);
      for (const lineItem of audience.allOf) {
        if (++this.#counts[lineItem]! === allOfCount[lineItem]) setBit(this.allOf, lineItem);
      }
    }
    for (const audience of this.held) for (const lineItem of audience.allOf) this.#counts[lineItem] = 0;
  }

  #setUndecided(deniedVendors: readonly number[]): void {
    this.undecided.fill(0);
    for (const audience of this.#index.byId.values()) {
      if (!restsOn(audience, deniedVendors)) continue;
      for (const lineItem of audience.noneOf) setBit(this.undecided, lineItem);
    }
  }

  /** Which of these the person is in, by id. */
  heldOf(ids: ReadonlySet<string>): readonly string[] {
    if (ids.size === 0) return NONE;
    const found: string[] = [];
    for (const { id } of this.held) if (ids.has(id)) found.push(id);
    return found;
  }
}

/** Whether an audience holds data of any of these TCF vendors. */
export function restsOn({ vendors }: CompiledAudience, denied: readonly number[]): boolean {
  return denied.length > 0 && vendors.some((vendor) => denied.includes(vendor));
}
