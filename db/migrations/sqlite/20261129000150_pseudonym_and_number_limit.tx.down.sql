-- A key that may not see people must not become one that may.
UPDATE api_key SET revoked = TRUE WHERE pseudonymous;
--bun:split
DROP TRIGGER pseudonym_user;
--bun:split
DROP TRIGGER pseudonym_insert;
--bun:split
DROP TRIGGER pseudonym_update;
--bun:split
DROP TABLE pseudonym;
--bun:split
DELETE FROM sqlite_stat1 WHERE tbl = 'pseudonym';
--bun:split
DROP INDEX api_key_pseudonymous;
--bun:split
ALTER TABLE api_key DROP COLUMN pseudonymous;
--bun:split
ALTER TABLE api_key ADD COLUMN pseudonym_secret TEXT;
