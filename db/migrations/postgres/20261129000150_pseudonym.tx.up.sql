-- The pseudonyms of people: for each pseudonymous key and each person a random number below 2^53, which stays
-- the same as long as both exist. Triggers add the numbers when a key or a person is added.
CREATE TABLE pseudonym (
  api_key_id bigint NOT NULL REFERENCES api_key ON DELETE CASCADE,
  user_id    bigint NOT NULL REFERENCES "user" ON DELETE CASCADE,
  number     bigint NOT NULL DEFAULT (('x' || left(gen_random_uuid()::text, 8) || right(gen_random_uuid()::text, 6))::bit(56)::bigint >> 3),
  PRIMARY KEY (api_key_id, user_id),
  UNIQUE (api_key_id, number)
);
CREATE INDEX pseudonym_user ON pseudonym (user_id);

CREATE FUNCTION add_pseudonyms_of_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO pseudonym (api_key_id, user_id) SELECT apk.id, added.id FROM api_key AS apk CROSS JOIN added WHERE apk.pseudonymous;
  RETURN NULL;
END $$;

-- The lock makes transactions that add people wait until the key is visible to them.
CREATE FUNCTION add_pseudonyms_of_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  LOCK TABLE "user" IN SHARE MODE;
  INSERT INTO pseudonym (api_key_id, user_id) SELECT NEW.id, usr.id FROM "user" AS usr;
  RETURN NULL;
END $$;

-- The numbers replace those that were computed from a secret of the key, which statements contained.
ALTER TABLE api_key ADD COLUMN pseudonymous boolean NOT NULL DEFAULT FALSE;
CREATE TRIGGER pseudonym_user AFTER INSERT ON "user" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION add_pseudonyms_of_users();
CREATE TRIGGER pseudonym_insert AFTER INSERT ON api_key FOR EACH ROW WHEN (NEW.pseudonymous) EXECUTE FUNCTION add_pseudonyms_of_key();
CREATE TRIGGER pseudonym_update AFTER UPDATE ON api_key FOR EACH ROW
  WHEN (NEW.pseudonymous AND NOT OLD.pseudonymous) EXECUTE FUNCTION add_pseudonyms_of_key();
UPDATE api_key SET pseudonymous = TRUE WHERE pseudonym_secret IS NOT NULL;
ALTER TABLE api_key DROP COLUMN pseudonym_secret;
