import { bucket } from '../../shared/domain/hash';
import type { NoBidReason } from '../../shared/domain/reasons';
import type { RequestRecord } from '../../shared/domain/records';
import { asciiJson } from '../ascii-json';
import type { BidContext } from '../bid-context';
import type { BookedBid } from '../bid-pipeline';

/**
 * A `BidRecord` as JSON text, ASCII alone. Put together by hand, as it is for every bid; ids of the catalog and currencies
 * with a price need no escape, what the request said does.
 */
export function bidRecordJson({ choice, token, audienceIds }: BookedBid, context: BidContext): string {
  const { person, request } = context;
  const { place, geo } = request;
  const { imp, offer } = choice;
  const { deal } = offer;
  const audiences = audienceIds.length === 0 ? '' : `"${audienceIds.join('","')}"`;
  return (
    `{"v":1,"type":"bid","bidId":"${token.bidId}","requestId":${asciiJson(token.requestId)},` +
    `"impId":${asciiJson(imp.id)},"exchange":"${token.exchange}","at":${token.at},"uid":${token.uid},` +
    `"iid":${person.known ? person.iid : null},"advertiserId":"${token.advertiserId}",` +
    `"lineItemId":"${token.lineItemId}","creativeId":"${token.creativeId}",` +
    (deal === undefined ? '' : `"dealId":${asciiJson(deal.id)},`) +
    `"audienceIds":[${audiences}],"priceMicros":${token.priceMicros},"currency":"${token.currency}",` +
    (place === undefined || place.name === '' ? '' : `"site":${asciiJson(place.name)},`) +
    (geo.country === undefined ? '' : `"country":${asciiJson(geo.country)},`) +
    `"test":${token.test}}`
  );
}

const SAMPLE_BUCKETS = 10_000;

/** A `RequestRecord` as JSON text for one in `1 / sampleRate` requests without a bid, chosen by their id. */
export function sampledRequestJson(
  { request, exchange, person, nowMs }: BidContext,
  reason: NoBidReason,
  sampleRate: number,
): string | undefined {
  if (sampleRate <= 0 || bucket(request.id, SAMPLE_BUCKETS) >= sampleRate * SAMPLE_BUCKETS) return undefined;
  const record: RequestRecord = {
    v: 1,
    type: 'request',
    requestId: request.id,
    exchange: exchange.id,
    at: nowMs,
    uid: person.known ? person.uid : null,
    reason,
    imps: request.imps.length,
    sampleRate,
  };
  if (request.place !== undefined && request.place.name !== '') record.site = request.place.name;
  if (request.geo.country !== undefined) record.country = request.geo.country;
  if (request.user.data.length > 0) record.data = request.user.data;
  return asciiJson(record);
}
