-- Rows keep the identity number (iid) they arrived under and are never rewritten; views map iid to the
-- person's number (uid) through the dictionary `persons`. Statements end with a semicolon at end of line.
-- non_replicated_deduplication_window counts parts: an insert token stays known for 10,000 of them.

CREATE TABLE IF NOT EXISTS identity_rows (
    identity String,
    iid UInt64,
    kind LowCardinality(String),
    linked_at DateTime64(3, 'UTC'),
    source LowCardinality(String),
    INDEX iid_index iid TYPE bloom_filter GRANULARITY 4
) ENGINE = ReplacingMergeTree ORDER BY identity
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS person_rows (
    iid UInt64,
    uid UInt64,
    seq UInt64
) ENGINE = ReplacingMergeTree(seq) ORDER BY iid
SETTINGS non_replicated_deduplication_window = 10000;

-- Edges between identities. kind 'partner': a is a partner's id and b its cookie (0: none), newest `at` wins.
CREATE TABLE IF NOT EXISTS link_rows (
    kind LowCardinality(String),
    a UInt64,
    b UInt64,
    at DateTime64(3, 'UTC'),
    seq UInt64
) ENGINE = ReplacingMergeTree(seq) ORDER BY (kind, a, b)
SETTINGS non_replicated_deduplication_window = 10000;

-- A person's own choices, per identity number; the newest counts, at equal time the opt-out.
CREATE TABLE IF NOT EXISTS privacy_rows (
    iid UInt64,
    at DateTime64(3, 'UTC'),
    opted_out UInt8
) ENGINE = ReplacingMergeTree ORDER BY (iid, at, opted_out)
SETTINGS non_replicated_deduplication_window = 10000;

-- Latest stated consent per identity number (bits as in shared/domain/consent/bits.ts).
CREATE TABLE IF NOT EXISTS consent_rows (
    iid UInt64,
    at DateTime64(3, 'UTC'),
    consent UInt8
) ENGINE = ReplacingMergeTree(at) ORDER BY iid
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS event_rows (
    type LowCardinality(String),
    iid UInt64,
    at DateTime64(3, 'UTC'),
    event_id String,
    received_at DateTime64(3, 'UTC'),
    publisher LowCardinality(String),
    url String,
    ref String,
    domain String,
    path String,
    category String,
    keywords Array(String),
    sku String,
    value Nullable(Decimal(18, 6)),
    currency LowCardinality(String),
    properties String,
    items String,
    consent UInt8,
    source LowCardinality(String),
    partition UInt16,
    offset UInt64,
    INDEX iid_index iid TYPE bloom_filter GRANULARITY 4,
    PROJECTION by_time (SELECT type, at, received_at, iid ORDER BY type, at)
) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (type, iid, at)
SETTINGS non_replicated_deduplication_window = 10000, deduplicate_merge_projection_mode = 'rebuild';

CREATE TABLE IF NOT EXISTS trait_rows (
    provider LowCardinality(String),
    trait LowCardinality(String),
    iid UInt64,
    at DateTime64(3, 'UTC'),
    op Enum8('set' = 1, 'unset' = 2),
    number Nullable(Decimal(18, 6)),
    text Nullable(String),
    expires_at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    consent UInt8,
    import_id String,
    line UInt64,
    partition UInt16,
    offset UInt64,
    INDEX iid_index iid TYPE bloom_filter GRANULARITY 4,
    PROJECTION by_expiry (SELECT provider, trait, at, expires_at, iid ORDER BY provider, trait, expires_at)
) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (provider, trait, iid, at)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 2048, deduplicate_merge_projection_mode = 'rebuild';

-- Current members: one row per (audience version number, person); the highest seq decides.
CREATE TABLE IF NOT EXISTS membership_rows (
    audience UInt32,
    uid UInt64,
    since DateTime('UTC'),
    until UInt32,
    seq UInt64,
    deleted UInt8
) ENGINE = ReplacingMergeTree(seq, deleted) ORDER BY (audience, uid)
SETTINGS non_replicated_deduplication_window = 10000;

-- The builder's word on each audience, for analysts.
CREATE TABLE IF NOT EXISTS audience_rows (
    id String,
    number UInt32,
    name String,
    version UInt32,
    size UInt64,
    materialized_at DateTime64(3, 'UTC'),
    archived UInt8,
    seq UInt64
) ENGINE = ReplacingMergeTree(seq) ORDER BY id
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS bids (
    bid_id String,
    request_id String,
    imp_id String,
    exchange LowCardinality(String),
    at DateTime64(3, 'UTC'),
    uid Nullable(UInt64),
    advertiser_id LowCardinality(String),
    line_item_id LowCardinality(String),
    creative_id LowCardinality(String),
    deal_id String,
    audience_ids Array(String),
    price_micros UInt64,
    currency LowCardinality(String),
    site LowCardinality(String),
    country LowCardinality(String),
    test UInt8,
    partition UInt16,
    offset UInt64
) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (line_item_id, at)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS requests (
    request_id String,
    exchange LowCardinality(String),
    at DateTime64(3, 'UTC'),
    uid Nullable(UInt64),
    reason LowCardinality(String),
    imps UInt16,
    site LowCardinality(String),
    country LowCardinality(String),
    sample_rate Float64,
    data String,
    partition UInt16,
    offset UInt64
) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (exchange, at)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS notices (
    kind LowCardinality(String),
    bid_id String,
    request_id String,
    exchange LowCardinality(String),
    at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    uid Nullable(UInt64),
    advertiser_id LowCardinality(String),
    line_item_id LowCardinality(String),
    creative_id LowCardinality(String),
    price_micros Nullable(UInt64),
    currency LowCardinality(String),
    billed UInt8,
    loss_reason Nullable(UInt16),
    test UInt8,
    partition UInt16,
    offset UInt64
) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (kind, line_item_id, at)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS dead_letters (
    source LowCardinality(String),
    at DateTime64(3, 'UTC'),
    reason LowCardinality(String),
    detail String,
    record String,
    partition UInt16,
    offset UInt64
) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (source, at)
SETTINGS non_replicated_deduplication_window = 10000;

-- Accepted = rows + duplicates + named drops: one row per handled range of the log and outcome.
CREATE TABLE IF NOT EXISTS ledger (
    topic LowCardinality(String),
    partition UInt16,
    from_offset UInt64,
    to_offset UInt64,
    outcome LowCardinality(String),
    count UInt64
) ENGINE = MergeTree ORDER BY (topic, partition, from_offset)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE DICTIONARY IF NOT EXISTS persons (iid UInt64, uid UInt64) PRIMARY KEY iid
SOURCE(CLICKHOUSE(QUERY 'SELECT iid, argMax(uid, seq) AS uid FROM {database}.person_rows GROUP BY iid'
    INVALIDATE_QUERY 'SELECT max(seq), count() FROM {database}.person_rows'))
LAYOUT(HASHED()) LIFETIME(MIN 1 MAX 2);

-- Persons that a running full build has yet to evaluate; dropped by partition when it is done.
CREATE TABLE IF NOT EXISTS build_rows (
    audience UInt32,
    uid UInt64
) ENGINE = MergeTree PARTITION BY audience ORDER BY uid;
