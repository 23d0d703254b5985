import type { NoticeRecord } from '../../shared/domain/records';
import type { Row } from '../../shared/stores/lake/insert-statements';

export const NOTICE_COLUMNS = [
  'kind',
  'bid_id',
  'request_id',
  'exchange',
  'at',
  'received_at',
  'uid',
  'advertiser_id',
  'line_item_id',
  'creative_id',
  'price_micros',
  'currency',
  'billed',
  'spent_micros',
  'bid_at',
  'loss_reason',
  'test',
  'partition',
  'offset',
] as const;

export function noticeRow(notice: NoticeRecord, partition: number, offset: number): Row {
  return [
    notice.kind,
    notice.bidId,
    notice.requestId,
    notice.exchange,
    notice.at,
    notice.receivedAt,
    notice.uid,
    notice.advertiserId,
    notice.lineItemId,
    notice.creativeId,
    notice.priceMicros ?? null,
    notice.currency,
    notice.billed ? 1 : 0,
    notice.spentMicros ?? null,
    notice.bidAt ?? null,
    notice.lossReason ?? null,
    notice.test ? 1 : 0,
    partition,
    offset,
  ];
}
