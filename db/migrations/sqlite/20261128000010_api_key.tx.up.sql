-- When a key was last used, to the hour; NULL if it was not used since this migration.
ALTER TABLE api_key ADD COLUMN last_used_at TEXT;
