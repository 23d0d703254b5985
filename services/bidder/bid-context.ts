import type { ConsentBits } from '../shared/domain/consent/bits';
import type { Engine } from './engine';
import type { Person } from './person/person';
import type { BidRequest } from './request/bid-request';
import type { CompiledExchange } from './snapshot/exchange';

/** What the stages of a bid know of their request. */
export interface BidContext {
  engine: Engine;
  exchange: CompiledExchange;
  request: BidRequest;
  consent: ConsentBits;
  person: Person;
  /** Epoch ms at which the request came; every decision on it is of this moment. */
  nowMs: number;
}

/** Matches the request as a whole; the impressions can be asked afterwards. */
export function matchRequest({ engine, exchange, request, person, nowMs }: BidContext): void {
  engine.requestMatch.match(request, exchange, person, nowMs);
  engine.impMatch.startRequest(request, exchange, nowMs);
}
