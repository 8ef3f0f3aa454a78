-- The pseudonyms of people: for each pseudonymous key and each person a random number below 2^53, which stays
-- the same as long as both exist. Triggers add the numbers when a key or a person is added.
CREATE TABLE pseudonym (
  api_key_id INTEGER NOT NULL REFERENCES api_key ON DELETE CASCADE,
  user_id    INTEGER NOT NULL REFERENCES "user" ON DELETE CASCADE,
  number     INTEGER NOT NULL DEFAULT (random() & 9007199254740991),
  PRIMARY KEY (api_key_id, user_id),
  UNIQUE (api_key_id, number)
) STRICT, WITHOUT ROWID;
--bun:split
CREATE INDEX pseudonym_user ON pseudonym (user_id);
--bun:split
-- The numbers replace those that were computed from a secret of the key, which statements contained.
ALTER TABLE api_key ADD COLUMN pseudonymous INTEGER NOT NULL DEFAULT FALSE CHECK (pseudonymous IN (0, 1));
--bun:split
CREATE INDEX api_key_pseudonymous ON api_key (id) WHERE pseudonymous;
--bun:split
CREATE TRIGGER pseudonym_user AFTER INSERT ON "user" BEGIN
  INSERT INTO pseudonym (api_key_id, user_id) SELECT apk.id, NEW.id FROM api_key AS apk WHERE apk.pseudonymous;
END;
--bun:split
CREATE TRIGGER pseudonym_insert AFTER INSERT ON api_key WHEN NEW.pseudonymous BEGIN
  INSERT INTO pseudonym (api_key_id, user_id) SELECT NEW.id, usr.id FROM "user" AS usr;
END;
--bun:split
CREATE TRIGGER pseudonym_update AFTER UPDATE ON api_key WHEN NEW.pseudonymous AND NOT OLD.pseudonymous BEGIN
  INSERT INTO pseudonym (api_key_id, user_id) SELECT NEW.id, usr.id FROM "user" AS usr;
END;
--bun:split
UPDATE api_key SET pseudonymous = TRUE WHERE pseudonym_secret IS NOT NULL;
--bun:split
ALTER TABLE api_key DROP COLUMN pseudonym_secret;
--bun:split
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('pseudonym', 'pseudonym', '200000 20000 1'),
  ('pseudonym', 'sqlite_autoindex_pseudonym_2', '200000 20000 1'),
  ('pseudonym', 'pseudonym_user', '200000 10');
--bun:split
-- Numbers beyond the limits of MaxNumber and MinNumber are mistakes, and overflow in figures.
UPDATE assignment SET points_possible = CASE WHEN points_possible < 1e-100 THEN 0 END
  WHERE points_possible > 1e15 OR points_possible > 0 AND points_possible < 1e-100;
--bun:split
UPDATE result SET
    score = CASE WHEN abs(score) < 1e-100 THEN 0 WHEN abs(score) <= 1e15 THEN score END,
    score_reviewer = CASE WHEN abs(score_reviewer) < 1e-100 THEN 0 WHEN abs(score_reviewer) <= 1e15 THEN score_reviewer END,
    seconds_late = CASE WHEN abs(seconds_late) < 1e-100 THEN 0 WHEN abs(seconds_late) <= 1e15 THEN seconds_late END
  WHERE abs(score) > 1e15 OR score <> 0 AND abs(score) < 1e-100
    OR abs(score_reviewer) > 1e15 OR score_reviewer <> 0 AND abs(score_reviewer) < 1e-100
    OR abs(seconds_late) > 1e15 OR seconds_late <> 0 AND abs(seconds_late) < 1e-100;
--bun:split
UPDATE step SET
    score = CASE WHEN abs(score) < 1e-100 THEN 0 WHEN abs(score) <= 1e15 THEN score END,
    max_score = CASE WHEN abs(max_score) < 1e-100 THEN 0 WHEN abs(max_score) <= 1e15 THEN max_score END
  WHERE abs(score) > 1e15 OR score <> 0 AND abs(score) < 1e-100
    OR abs(max_score) > 1e15 OR max_score <> 0 AND abs(max_score) < 1e-100;
