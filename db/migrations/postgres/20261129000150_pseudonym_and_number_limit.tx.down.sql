-- A key that may not see people must not become one that may.
UPDATE api_key SET revoked = TRUE WHERE pseudonymous;
DROP TRIGGER pseudonym_user ON "user";
DROP TRIGGER pseudonym_insert ON api_key;
DROP TRIGGER pseudonym_update ON api_key;
DROP FUNCTION add_pseudonyms_of_users();
DROP FUNCTION add_pseudonyms_of_key();
DROP TABLE pseudonym;
ALTER TABLE api_key DROP COLUMN pseudonymous;
ALTER TABLE api_key ADD COLUMN pseudonym_secret text;
