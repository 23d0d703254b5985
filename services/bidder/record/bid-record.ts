import { allows } from '../../shared/domain/consent/bits';
import { bucket } from '../../shared/domain/hash';
import type { NoBidReason } from '../../shared/domain/reasons';
import type { RequestRecord } from '../../shared/domain/records';
import { asciiJson } from '../ascii-json';
import type { BidContext } from '../bid-context';
import type { BookedBid } from '../bid-pipeline';
import type { JsonObject } from '../request/reader';

/**
 * What an exchange writes can be as long as its request, which no record of the log may be: records keep the beginning.
 * Ids of requests are cut alike in notices.
 */
const TEXT_CHARS_MAX = 256;
const DATA_MAX = 32;
const DATA_CHARS_MAX = 16_384;

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
    `{"v":1,"type":"bid","bidId":"${token.bidId}","requestId":${textJson(token.requestId)},` +
    `"impId":${textJson(imp.id)},"exchange":"${token.exchange}","at":${token.at},"uid":${token.uid},` +
    `"iid":${person.known ? person.iid : null},"advertiserId":"${token.advertiserId}",` +
    `"lineItemId":"${token.lineItemId}","creativeId":"${token.creativeId}",` +
    (deal === undefined ? '' : `"dealId":${textJson(deal.id)},`) +
    `"audienceIds":[${audiences}],"priceMicros":${token.priceMicros},"currency":"${token.currency}",` +
    (place === undefined || place.name === '' ? '' : `"site":${textJson(place.name)},`) +
    (geo.country === undefined ? '' : `"country":${textJson(geo.country)},`) +
    `"test":${token.test}}`
  );
}

const SAMPLE_BUCKETS = 10_000;

/** A `RequestRecord` as JSON text for one in `1 / sampleRate` requests without a bid, chosen by their id. */
export function sampledRequestJson(
  context: BidContext,
  reason: NoBidReason,
  sampleRate: number,
): string | undefined {
  const { request, exchange, person, nowMs } = context;
  if (sampleRate <= 0 || bucket(request.id, SAMPLE_BUCKETS) >= sampleRate * SAMPLE_BUCKETS) return undefined;
  const record: RequestRecord = {
    v: 1,
    type: 'request',
    requestId: beginning(request.id),
    exchange: exchange.id,
    at: nowMs,
    uid: person.known ? person.uid : null,
    reason,
    imps: request.imps.length,
    sampleRate,
  };
  if (request.place !== undefined && request.place.name !== '') record.site = beginning(request.place.name);
  if (request.geo.country !== undefined) record.country = beginning(request.geo.country);
  const data = mayKeepData(context) ? firstOf(request.user.data) : [];
  if (data.length > 0) record.data = data;
  return asciiJson(record);
}

/**
 * What an exchange says of somebody makes a profile: the request's choices and those stored must allow it. Of a person
 * who was not looked up, or not with success, the stored ones are not known.
 */
function mayKeepData({ consent, person }: BidContext): boolean {
  return allows(consent, 'profile') && (person.known || person.why === 'person_unknown');
}

/** As many entries from the first on as a record takes. */
function firstOf(data: readonly JsonObject[]): readonly JsonObject[] {
  const kept: JsonObject[] = [];
  let chars = 0;
  for (const entry of data.slice(0, DATA_MAX)) {
    chars += asciiJson(entry).length;
    if (chars > DATA_CHARS_MAX) break;
    kept.push(entry);
  }
  return kept;
}

function textJson(text: string): string {
  return asciiJson(beginning(text));
}

function beginning(text: string): string {
  // Half a character is what no reader of the log takes.
  return text.length > TEXT_CHARS_MAX ? text.slice(0, TEXT_CHARS_MAX).toWellFormed() : text;
}
