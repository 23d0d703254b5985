import type { BidRecord, RequestRecord } from '../../shared/domain/records';
import type { Row } from '../../shared/stores/lake/insert-statements';

export const BID_COLUMNS = [
  'bid_id',
  'request_id',
  'imp_id',
  'exchange',
  'at',
  'uid',
  'advertiser_id',
  'line_item_id',
  'creative_id',
  'deal_id',
  'audience_ids',
  'price_micros',
  'currency',
  'site',
  'country',
  'test',
  'partition',
  'offset',
] as const;

export function bidRow(bid: BidRecord, partition: number, offset: number): Row {
  return [
    bid.bidId,
    bid.requestId,
    bid.impId,
    bid.exchange,
    bid.at,
    bid.uid,
    bid.advertiserId,
    bid.lineItemId,
    bid.creativeId,
    bid.dealId ?? '',
    bid.audienceIds,
    bid.priceMicros,
    bid.currency,
    bid.site ?? '',
    bid.country ?? '',
    bid.test ? 1 : 0,
    partition,
    offset,
  ];
}

export const REQUEST_COLUMNS = [
  'request_id',
  'exchange',
  'at',
  'uid',
  'reason',
  'imps',
  'site',
  'country',
  'sample_rate',
  'data',
  'partition',
  'offset',
] as const;

export function requestRow(request: RequestRecord, partition: number, offset: number): Row {
  return [
    request.requestId,
    request.exchange,
    request.at,
    request.uid,
    request.reason,
    request.imps,
    request.site ?? '',
    request.country ?? '',
    request.sampleRate,
    request.data === undefined ? '' : JSON.stringify(request.data),
    partition,
    offset,
  ];
}
