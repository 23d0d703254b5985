-- Statements of the very same moment are all kept, and all must allow: the newest of each kind, not the newest alone.
-- Writers of an earlier version leave `stated` at 0, and theirs replace one another as before.

ALTER TABLE consent_rows ADD COLUMN IF NOT EXISTS stated UInt8, MODIFY ORDER BY (iid, stated);
