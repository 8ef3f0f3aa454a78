-- The store itself, in one row: the id that its folder of bundles has too, and what decides when the
-- folder is swept. Reverting this migration keeps the table.
CREATE TABLE IF NOT EXISTS store (
  id         TEXT    PRIMARY KEY CHECK (id <> ''),
  started_at TEXT,   -- the first start of a server since the last sweep
  swept_at   TEXT,
  reverted   INTEGER NOT NULL CHECK (reverted IN (0, 1)) -- whether migrations were reverted since the last sweep
) STRICT;
INSERT INTO store (id, reverted) SELECT lower(hex(randomblob(16))), FALSE WHERE NOT EXISTS (SELECT 1 FROM store);

-- The files that bundles referred to before. The sweep deletes a purged file, and keeps a replaced one
-- for a while. Rows have no key, because in PostgreSQL transactions would wait for it.
CREATE TABLE released_blob (
  sha256     TEXT    NOT NULL,
  purged     INTEGER NOT NULL CHECK (purged IN (0, 1))
) STRICT;
CREATE INDEX released_blob_sha256 ON released_blob (sha256);

CREATE TRIGGER bundle_update AFTER UPDATE OF sha256 ON bundle
WHEN OLD.sha256 IS NOT NULL AND OLD.sha256 IS NOT NEW.sha256
BEGIN
  INSERT INTO released_blob (sha256, purged) SELECT OLD.sha256, NEW.sha256 IS NULL
    WHERE NOT EXISTS (SELECT 1 FROM released_blob WHERE sha256 = OLD.sha256 AND purged = (NEW.sha256 IS NULL));
END;

-- A bundle that is deleted with its result or course is purged. A bundle that is deleted alone is one
-- that an import replaces.
CREATE TRIGGER bundle_delete AFTER DELETE ON bundle
WHEN OLD.sha256 IS NOT NULL
BEGIN
  INSERT INTO released_blob (sha256, purged)
    SELECT OLD.sha256, deleted.is_purged FROM (SELECT
      NOT EXISTS (SELECT 1 FROM course WHERE id = OLD.course_id)
      OR OLD.result_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM result WHERE course_id = OLD.course_id AND id = OLD.result_id) AS is_purged) AS deleted
    WHERE NOT EXISTS (SELECT 1 FROM released_blob WHERE sha256 = OLD.sha256 AND purged = deleted.is_purged);
END;
