import type { ConsentBits } from '../shared/domain/consent/bits';
import type { ConsentOptions } from '../shared/domain/consent/decide';
import type { Engine } from './engine';
import { deniedVendors } from './person/consent';
import type { Person } from './person/person';
import type { BidRequest } from './request/bid-request';
import type { CompiledExchange } from './snapshot/exchange';

/** What the stages of a bid know of their request. */
export interface BidContext {
  engine: Engine;
  exchange: CompiledExchange;
  request: BidRequest;
  consent: ConsentBits;
  /** How it was decided. */
  consentOptions: ConsentOptions;
  person: Person;
  /** Epoch ms at which the request came; every decision on it is of this moment. */
  nowMs: number;
}

const NO_VENDORS: readonly number[] = [];

/** Matches the request as a whole; the impressions can be asked afterwards. */
export function matchRequest(context: BidContext): void {
  const { engine, exchange, request, person, nowMs } = context;
  engine.requestMatch.match(request, exchange, person, deniedVendorsOf(context), nowMs);
  engine.impMatch.startRequest(request, exchange, nowMs);
}

/** Providers, by TCF id, without whose consent audiences are not to be used on this request. */
export function deniedVendorsOf({ engine, request, person, consentOptions }: BidContext): readonly number[] {
  return person.known ? deniedVendors(engine.audiences.vendors, request, consentOptions) : NO_VENDORS;
}
