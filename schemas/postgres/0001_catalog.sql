-- What people configured. Every resource has the same shape: its definition as the API accepted it, whom it
-- belongs to, what it refers to (`kind:id`, for "is it still used?"), and the catalog revision of its last change.

CREATE TABLE catalog_revision (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    value bigint NOT NULL
);
INSERT INTO catalog_revision (value) VALUES (1);

CREATE TABLE partners (
    id text PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    owner_id text,
    definition jsonb NOT NULL,
    refs text[] NOT NULL,
    version integer NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz
);
CREATE INDEX partners_revision ON partners (revision);
CREATE INDEX partners_owner ON partners (owner_id, seq);
CREATE INDEX partners_refs ON partners USING gin (refs);

CREATE TABLE publishers (
    id text PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    owner_id text,
    definition jsonb NOT NULL,
    refs text[] NOT NULL,
    version integer NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz
);
CREATE INDEX publishers_revision ON publishers (revision);
CREATE INDEX publishers_owner ON publishers (owner_id, seq);
CREATE INDEX publishers_refs ON publishers USING gin (refs);

CREATE TABLE providers (
    id text PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    owner_id text,
    definition jsonb NOT NULL,
    refs text[] NOT NULL,
    version integer NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz
);
CREATE INDEX providers_revision ON providers (revision);
CREATE INDEX providers_owner ON providers (owner_id, seq);
CREATE INDEX providers_refs ON providers USING gin (refs);

CREATE TABLE traits (
    id text PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    owner_id text NOT NULL,
    definition jsonb NOT NULL,
    refs text[] NOT NULL,
    version integer NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz
);
CREATE INDEX traits_revision ON traits (revision);
CREATE INDEX traits_owner ON traits (owner_id, seq);
CREATE INDEX traits_refs ON traits USING gin (refs);

CREATE TABLE advertisers (
    id text PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    owner_id text,
    definition jsonb NOT NULL,
    refs text[] NOT NULL,
    version integer NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz
);
CREATE INDEX advertisers_revision ON advertisers (revision);
CREATE INDEX advertisers_owner ON advertisers (owner_id, seq);
CREATE INDEX advertisers_refs ON advertisers USING gin (refs);

CREATE TABLE audiences (
    id text PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    owner_id text,
    definition jsonb NOT NULL,
    refs text[] NOT NULL,
    version integer NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz
);
CREATE INDEX audiences_revision ON audiences (revision);
CREATE INDEX audiences_owner ON audiences (owner_id, seq);
CREATE INDEX audiences_refs ON audiences USING gin (refs);

CREATE TABLE line_items (
    id text PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    owner_id text NOT NULL,
    definition jsonb NOT NULL,
    refs text[] NOT NULL,
    version integer NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz
);
CREATE INDEX line_items_revision ON line_items (revision);
CREATE INDEX line_items_owner ON line_items (owner_id, seq);
CREATE INDEX line_items_refs ON line_items USING gin (refs);

CREATE TABLE creatives (
    id text PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    owner_id text NOT NULL,
    definition jsonb NOT NULL,
    refs text[] NOT NULL,
    version integer NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz
);
CREATE INDEX creatives_revision ON creatives (revision);
CREATE INDEX creatives_owner ON creatives (owner_id, seq);
CREATE INDEX creatives_refs ON creatives USING gin (refs);

CREATE TABLE exchanges (
    id text PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    owner_id text,
    definition jsonb NOT NULL,
    refs text[] NOT NULL,
    version integer NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz
);
CREATE INDEX exchanges_revision ON exchanges (revision);
CREATE INDEX exchanges_owner ON exchanges (owner_id, seq);
CREATE INDEX exchanges_refs ON exchanges USING gin (refs);

-- API keys: only the sha256 of a key is kept.
CREATE TABLE api_keys (
    id text PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    hash text NOT NULL UNIQUE,
    role_kind text NOT NULL,
    role_id text,
    name text,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);

-- The current version of each audience and the builder's word on it. Times are epoch milliseconds, 0: not yet.
CREATE TABLE audience_states (
    id text PRIMARY KEY REFERENCES audiences (id),
    number bigint NOT NULL UNIQUE,
    version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('building', 'ready', 'failed')),
    size bigint NOT NULL,
    materialized_at bigint NOT NULL,
    watermark bigint NOT NULL,
    error text
);

CREATE TABLE fx_rates (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    definition jsonb NOT NULL,
    version integer NOT NULL,
    revision bigint NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Answers to POSTs with an Idempotency-Key, sealed under that key; `key_hash` covers caller and path.
CREATE TABLE idempotent_answers (
    key_hash text PRIMARY KEY,
    request_hash text NOT NULL,
    answer text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX idempotent_answers_created ON idempotent_answers (created_at);

-- Numbers handed out in blocks, never twice.
CREATE TABLE counters (
    name text PRIMARY KEY,
    next bigint NOT NULL
);

-- The range of a log partition that ingest is about to insert, or inserted last.
CREATE TABLE ingest_plans (
    topic text NOT NULL,
    partition integer NOT NULL,
    from_offset bigint NOT NULL,
    to_offset bigint NOT NULL,
    -- Offsets dropped because their person had opted out: a replay drops the same.
    opted_out jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (topic, partition)
);

CREATE TABLE key_values (
    key text PRIMARY KEY,
    value text NOT NULL
);
