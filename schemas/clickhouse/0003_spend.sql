-- What a billing notice costs a limited budget, and of which day: budgets are restored from it when LOOKUPS are lost.

ALTER TABLE notices ADD COLUMN IF NOT EXISTS spent_micros Nullable(UInt64) AFTER billed;
ALTER TABLE notices ADD COLUMN IF NOT EXISTS bid_at Nullable(DateTime64(3, 'UTC')) AFTER spent_micros;
