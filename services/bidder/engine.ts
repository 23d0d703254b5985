import type { AudiencesSnapshot } from '../shared/domain/snapshot';
import { ImpMatch } from './match/imp-match';
import { RequestMatch } from './match/request-match';
import { AudienceIndex } from './snapshot/audience-index';
import type { BiddingIndex } from './snapshot/bidding-index';

/** One state of the catalog with the scratch space to match requests against it; swapped whole. */
export interface Engine {
  bidding: BiddingIndex;
  audiences: AudienceIndex;
  requestMatch: RequestMatch;
  impMatch: ImpMatch;
}

export function createEngine(bidding: BiddingIndex, audiences: AudiencesSnapshot): Engine {
  const audienceIndex = new AudienceIndex(bidding, audiences);
  return {
    bidding,
    audiences: audienceIndex,
    requestMatch: new RequestMatch(bidding, audienceIndex),
    impMatch: new ImpMatch(bidding),
  };
}
