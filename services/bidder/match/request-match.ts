import type { LineItemReason } from '../../shared/domain/reasons';
import type { Person } from '../person/person';
import type { BidRequest, Place } from '../request/bid-request';
import type { AudienceIndex } from '../snapshot/audience-index';
import type { BiddingIndex } from '../snapshot/bidding-index';
import { createBitset, orInto, type Bitset } from '../snapshot/bitset';
import { regionForms } from '../snapshot/countries';
import { domainAndParents } from '../snapshot/domains';
import type { CompiledExchange } from '../snapshot/exchange';
import { AudienceMatch } from './audience-match';
import { LineItemFilters } from './line-item-filter';

const NO_VALUES: readonly string[] = [];

/**
 * Which line items a request as a whole leaves over, whatever the impression. Holds scratch space: one
 * request at a time, from `match` until its answer is put together, without a pause in between.
 */
export class RequestMatch {
  /** What is left of the line items. */
  readonly eligible: Bitset;
  readonly audiences: AudienceMatch;
  readonly #bidding: BiddingIndex;
  readonly #audienceIndex: AudienceIndex;
  readonly #filters = new LineItemFilters();
  readonly #none: Bitset;
  readonly #excludedSites: Bitset;

  constructor(bidding: BiddingIndex, audienceIndex: AudienceIndex) {
    this.#bidding = bidding;
    this.#audienceIndex = audienceIndex;
    this.audiences = new AudienceMatch(audienceIndex);
    const size = bidding.lineItems.length;
    this.eligible = createBitset(size);
    this.#none = createBitset(size);
    this.#excludedSites = createBitset(size);
  }

  /** `deniedVendors`: TCF ids of providers whose data may not be used on this request. */
  match(
    request: BidRequest,
    exchange: CompiledExchange,
    person: Person,
    deniedVendors: readonly number[],
    nowMs: number,
  ): void {
    const { device, geo, place } = request;
    const bidding = this.#bidding;
    this.#filters.clear();
    this.#filters.keep('exchange', bidding.byExchange.accepting(exchange.id));
    this.#filters.keep('seat', isSeatAllowed(request, exchange.seat) ? undefined : this.#none);
    this.#filters.keep('flight', bidding.flights.active(nowMs));
    this.#filters.keep('country', bidding.byCountry.accepting(geo.country));
    if (bidding.byRegion.restricts) {
      const forms = geo.region === undefined ? NO_VALUES : regionForms(geo.region, geo.country);
      this.#filters.keep('region', bidding.byRegion.acceptingAny(forms));
    }
    this.#filters.keep('city', bidding.byCity.accepting(geo.city));
    this.#filters.keep('device_type', bidding.byDeviceType.accepting(device.devicetype));
    this.#filters.keep('os', bidding.byOs.accepting(device.os));
    if (bidding.bySite.restricts) {
      this.#filters.keep('site_not_included', bidding.bySite.acceptingAny(includingNames(place)));
    }
    this.#filters.drop('site_excluded', this.#siteExcluding(place));
    this.#matchPerson(person, deniedVendors, nowMs);

    this.eligible.set(this.#audienceIndex.all);
    this.#filters.apply(this.eligible);
  }

  /** The first reason against a line item, as of the last `match`. */
  reasonAgainst(lineItem: number): LineItemReason | undefined {
    return this.#filters.reasonAgainst(lineItem);
  }

  /** Whether the request shuts our seat out, so that no line item could ever match. */
  isSeatBlocked(request: BidRequest, exchange: CompiledExchange): boolean {
    return !isSeatAllowed(request, exchange.seat);
  }

  #matchPerson(person: Person, deniedVendors: readonly number[], nowMs: number): void {
    this.#filters.keep('audience_not_ready', this.#audienceIndex.ready);
    if (!person.known) {
      this.audiences.match(undefined, deniedVendors, nowMs);
      this.#filters.drop(person.why, this.#bidding.needsPerson);
      return;
    }
    this.audiences.match(person.record, deniedVendors, nowMs);
    if (deniedVendors.length > 0) this.#filters.drop('provider_consent_denied', this.audiences.undecided);
    this.#filters.keep('audience_any_of', this.audiences.anyOf);
    this.#filters.keep('audience_all_of', this.audiences.allOf);
    this.#filters.drop('audience_none_of', this.audiences.noneOf);
  }

  /** Line items that exclude the place, under any of its names. */
  #siteExcluding(place: Place | undefined): Bitset | undefined {
    const { excludingSite } = this.#bidding;
    if (excludingSite.size === 0 || place === undefined) return undefined;
    const excluded = this.#excludedSites.fill(0);
    for (const name of includingNames(place)) this.#exclude(excluded, name);
    if (place.otherName !== place.name) {
      for (const name of domainAndParents(place.otherName)) this.#exclude(excluded, name);
    }
    return excluded;
  }

  #exclude(excluded: Bitset, name: string): void {
    const bits = this.#bidding.excludingSite.get(name);
    if (bits !== undefined) orInto(excluded, bits);
  }
}

/** OpenRTB 3.2.1 `wseat` and `bseat`: without a seat of ours an allow-list allows nothing. */
function isSeatAllowed({ wseat, bseat }: BidRequest, seat: string | undefined): boolean {
  if (wseat.length > 0 && (seat === undefined || !wseat.includes(seat))) return false;
  return seat === undefined || !bseat.includes(seat);
}

/** A site is covered by its domain and those above it, an app by its bundle alone. */
function includingNames(place: Place | undefined): readonly string[] {
  if (place === undefined || place.name === '') return NO_VALUES;
  return place.kind === 'site' ? domainAndParents(place.name) : [place.name];
}
