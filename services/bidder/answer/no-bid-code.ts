import type { NoBidReason } from '../../shared/domain/reasons';

/** OpenRTB no-bid reason codes (`nbr`, OpenRTB 3.0 list); 0 where the standard has no name for ours. */
export const NO_BID_CODE: Readonly<Record<NoBidReason, number>> = {
  invalid_request: 2,
  over_max_qps: 0,
  insufficient_time: 15,
  no_line_items: 0,
  not_ready: 1,
  no_biddable_imp: 0,
  lookup_failed: 1,
  blocked_by_request: 0,
  no_match: 0,
  technical: 1,
};
