import type { LineItemSnapshot } from '../../shared/domain/snapshot';
import type { BudgetSlot } from '../budget/budget-slot';
import { asciiJson, asciiJsonInner } from '../ascii-json';
import type { CompiledCreative } from './creative';

/** Seconds that we are willing to wait between auction and impression, OpenRTB `bid.exp`. */
export const BID_EXP_S = 300;

const NONE: ReadonlySet<string> = new Set();

/** One of a line item's creatives. */
export class CompiledAd {
  readonly creative: CompiledCreative;
  readonly #lineItemId: string;
  #bidJson: string | undefined;

  constructor(lineItemId: string, creative: CompiledCreative) {
    this.#lineItemId = lineItemId;
    this.creative = creative;
  }

  /**
   * All of the bid that does not depend on the request: JSON members `adid` … `exp`, without a comma at either end.
   * Made at the first bid: most ads of a large catalog never come to it between two changes of it.
   */
  get bidJson(): string {
    this.#bidJson ??= bidJson(this.#lineItemId, this.creative);
    return this.#bidJson;
  }
}

export interface CompiledLineItem {
  /** Position in the snapshot: line items are ordered by price, the highest first. */
  index: number;
  id: string;
  advertiserId: string;
  /** CPM micros of `currency`. */
  priceMicros: number;
  currency: string;
  ads: readonly CompiledAd[];
  deals: ReadonlySet<string>;
  /** Audiences that speak for a person, by id. */
  wantedAudiences: ReadonlySet<string>;
  /** Names any audience. */
  needsPerson: boolean;
  /** Absent: no limit. */
  budget: BudgetSlot | undefined;
  source: LineItemSnapshot;
}

export function compileLineItem(
  source: LineItemSnapshot,
  index: number,
  creatives: readonly CompiledCreative[],
  budget: BudgetSlot | undefined,
): CompiledLineItem {
  const { anyOf, allOf, noneOf } = source.audiences;
  return {
    index,
    id: source.id,
    advertiserId: source.advertiserId,
    priceMicros: source.bidCpmMicros,
    currency: source.currency,
    ads: creatives.map((creative) => new CompiledAd(source.id, creative)),
    deals: source.deals.length === 0 ? NONE : new Set(source.deals),
    wantedAudiences: anyOf.length + allOf.length === 0 ? NONE : new Set([...anyOf, ...allOf]),
    needsPerson: anyOf.length + allOf.length + noneOf.length > 0,
    budget,
    source,
  };
}

function bidJson(lineItemId: string, creative: CompiledCreative): string {
  const members = [
    `"adid":"${asciiJsonInner(creative.id)}"`,
    `"cid":"${asciiJsonInner(lineItemId)}"`,
    `"crid":"${asciiJsonInner(creative.id)}"`,
    `"adomain":${asciiJson(creative.adomain)}`,
    `"cat":${asciiJson(creative.cat)}`,
  ];
  if (creative.attr.length > 0) members.push(`"attr":${asciiJson(creative.attr)}`);
  if (creative.api.length > 0) members.push(`"apis":${asciiJson(creative.api)}`);
  if (creative.bundle !== undefined) members.push(`"bundle":${asciiJson(creative.bundle)}`);
  members.push(`"w":${creative.w}`, `"h":${creative.h}`, '"mtype":1', `"exp":${BID_EXP_S}`);
  return members.join(',');
}
