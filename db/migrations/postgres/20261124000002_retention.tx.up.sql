-- Bundles of results by their age, for those that are kept for a time only.
CREATE INDEX bundle_age ON bundle (kind, created_at) WHERE sha256 IS NOT NULL AND result_id IS NOT NULL;
