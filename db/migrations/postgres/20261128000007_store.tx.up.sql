-- The store itself, in one row: the id that its folder of bundles has too, and what decides when the
-- folder is swept. Reverting this migration keeps the table.
CREATE TABLE IF NOT EXISTS store (
  id         text        PRIMARY KEY CHECK (id <> ''),
  started_at timestamptz, -- the first start of a server since the last sweep
  swept_at   timestamptz,
  reverted   boolean     NOT NULL -- whether migrations were reverted since the last sweep
);
INSERT INTO store (id, reverted) SELECT replace(gen_random_uuid()::text, '-', ''), FALSE WHERE NOT EXISTS (SELECT FROM store);

-- The files that bundles referred to before. The sweep deletes a purged file, and keeps a replaced one
-- for a while. Rows have no key, so that transactions never wait for each other here.
CREATE TABLE released_blob (
  sha256     text        NOT NULL,
  purged     boolean     NOT NULL
);
CREATE INDEX released_blob_sha256 ON released_blob (sha256);

-- A bundle that is deleted with its result or course is purged. A bundle that is deleted alone is one
-- that an import replaces.
CREATE FUNCTION release_blob() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  is_purged boolean;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    is_purged := NEW.sha256 IS NULL;
  ELSE
    is_purged := NOT EXISTS (SELECT FROM course WHERE id = OLD.course_id)
      OR OLD.result_id IS NOT NULL AND NOT EXISTS (SELECT FROM result WHERE course_id = OLD.course_id AND id = OLD.result_id);
  END IF;
  INSERT INTO released_blob (sha256, purged) SELECT OLD.sha256, is_purged
    WHERE NOT EXISTS (SELECT FROM released_blob WHERE sha256 = OLD.sha256 AND purged = is_purged);
  RETURN NULL;
END $$;
CREATE TRIGGER bundle_update AFTER UPDATE OF sha256 ON bundle FOR EACH ROW
  WHEN (OLD.sha256 IS NOT NULL AND OLD.sha256 IS DISTINCT FROM NEW.sha256) EXECUTE FUNCTION release_blob();
CREATE TRIGGER bundle_delete AFTER DELETE ON bundle FOR EACH ROW
  WHEN (OLD.sha256 IS NOT NULL) EXECUTE FUNCTION release_blob();
