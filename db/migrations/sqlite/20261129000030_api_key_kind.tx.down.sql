-- A key that may not see people must not become one that may.
UPDATE api_key SET revoked = TRUE WHERE min_group IS NOT NULL OR pseudonym_secret IS NOT NULL;
ALTER TABLE api_key DROP COLUMN min_group;
ALTER TABLE api_key DROP COLUMN pseudonym_secret;
