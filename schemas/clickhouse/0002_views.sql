-- What analysts rely on. `uid` is the person's number with links applied; count() is true as it stands.

CREATE OR REPLACE VIEW events AS SELECT
    event_id, dictGetOrDefault('{database}.persons', 'uid', iid, iid) AS uid, type, at, received_at, publisher, url,
    domain, category, sku, value, currency, properties, ref, path, keywords, items, consent, source, iid
FROM event_rows;

CREATE OR REPLACE VIEW traits AS SELECT
    dictGetOrDefault('{database}.persons', 'uid', iid, iid) AS uid, provider, trait, number AS value, text AS value_text, at,
    expires_at, op, received_at, import_id, line, iid
FROM trait_rows;

CREATE OR REPLACE VIEW identities AS SELECT
    dictGetOrDefault('{database}.persons', 'uid', iid, iid) AS uid, identity, kind, linked_at, source, iid
FROM identity_rows FINAL;

CREATE OR REPLACE VIEW audiences AS SELECT id, name, version, size, materialized_at
FROM audience_rows FINAL WHERE archived = 0;

CREATE OR REPLACE VIEW audience_members AS SELECT a.id AS audience_id, m.uid AS uid, m.since AS since
FROM (SELECT audience, uid, since FROM membership_rows FINAL WHERE until > toUnixTimestamp(now())) AS m
INNER JOIN (SELECT id, number FROM audience_rows FINAL WHERE archived = 0) AS a ON a.number = m.audience;
