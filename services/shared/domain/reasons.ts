/**
 * Every "no" has a name. Closed lists: the same value is the metric label, the log field, what
 * `explain` shows and, where OpenRTB has one, the `nbr`.
 */

/** Why a line was rejected at the edge, by name; nothing of it was kept. */
export const REJECT_REASONS = [
  'invalid_json',
  'invalid_utf8',
  'line_too_long',
  'invalid_field',
  'missing_field',
  'invalid_identity',
  'unknown_trait',
  'unknown_publisher',
  'at_in_future',
  'at_too_old',
  'too_many',
  'consent_denied',
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

/** Why an accepted record has no row of its own in the lake. Accepted = rows + duplicates + these. */
export const DROP_REASONS = ['duplicate', 'consent_denied', 'opted_out', 'dead_letter'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** Why a record of the log could not be used; it is kept whole with this name. */
export const DEAD_LETTER_REASONS = [
  'invalid_utf8',
  'invalid_json',
  'unknown_type',
  'unknown_version',
  'invalid_record',
  'invalid_identity',
  'row_refused',
  'person_too_large',
] as const;
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];

/** Why there is no bid for a request; the order is the order in which they are reported. */
export const NO_BID_REASONS = [
  'invalid_request',
  'over_max_qps',
  'insufficient_time',
  'no_line_items',
  'not_ready',
  'no_biddable_imp',
  'lookup_failed',
  'blocked_by_request',
  'no_match',
  'technical',
] as const;
export type NoBidReason = (typeof NO_BID_REASONS)[number];

/** Why a line item does not bid on an impression; the order is that of the checks, `explain` shows the first. */
export const LINE_ITEM_REASONS = [
  'paused',
  'exchange',
  'seat',
  'flight',
  'country',
  'region',
  'city',
  'device_type',
  'os',
  'site_not_included',
  'site_excluded',
  'audience_not_ready',
  'coppa',
  'consent_denied',
  'opted_out',
  'lookup_failed',
  'person_unknown',
  'provider_consent_denied',
  'audience_any_of',
  'audience_all_of',
  'audience_none_of',
  'no_place',
  'media_type',
  'quantity',
  'size',
  'private_auction',
  'deal_not_offered',
  'no_fx_rate',
  'deal_seat',
  'deal_advertiser',
  'deal_floor',
  'bid_floor',
  'creative_not_secure',
  'creative_mime',
  'creative_api',
  'creative_attribute',
  'creative_type',
  'category_blocked',
  'category_not_allowed',
  'category_taxonomy',
  'advertiser_blocked',
  'app_blocked',
  'budget_exhausted',
] as const;
export type LineItemReason = (typeof LINE_ITEM_REASONS)[number];
