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

-- Numbers beyond the limits of MaxNumber and MinNumber are mistakes, and overflow in figures.
UPDATE assignment SET points_possible = CASE WHEN points_possible < 1e-100 THEN 0 END
  WHERE points_possible > 1e15 OR points_possible > 0 AND points_possible < 1e-100;
UPDATE result SET
    score = CASE WHEN abs(score) < 1e-100 THEN 0 WHEN abs(score) <= 1e15 THEN score END,
    score_reviewer = CASE WHEN abs(score_reviewer) < 1e-100 THEN 0 WHEN abs(score_reviewer) <= 1e15 THEN score_reviewer END,
    seconds_late = CASE WHEN abs(seconds_late) < 1e-100 THEN 0 WHEN abs(seconds_late) <= 1e15 THEN seconds_late END
  WHERE abs(score) > 1e15 OR score <> 0 AND abs(score) < 1e-100
    OR abs(score_reviewer) > 1e15 OR score_reviewer <> 0 AND abs(score_reviewer) < 1e-100
    OR abs(seconds_late) > 1e15 OR seconds_late <> 0 AND abs(seconds_late) < 1e-100;
UPDATE step SET
    score = CASE WHEN abs(score) < 1e-100 THEN 0 WHEN abs(score) <= 1e15 THEN score END,
    max_score = CASE WHEN abs(max_score) < 1e-100 THEN 0 WHEN abs(max_score) <= 1e15 THEN max_score END
  WHERE abs(score) > 1e15 OR score <> 0 AND abs(score) < 1e-100
    OR abs(max_score) > 1e15 OR max_score <> 0 AND abs(max_score) < 1e-100;
