DELETE FROM sqlite_stat1 WHERE idx = 'enrollment_user';
DROP INDEX enrollment_user;
DROP TABLE session;
CREATE TABLE session (
  token          TEXT    PRIMARY KEY,
  user_id        INTEGER REFERENCES "user" ON DELETE CASCADE,
  data           BLOB    NOT NULL,
  expires_at     TEXT    NOT NULL
) STRICT;
CREATE INDEX session_expiry ON session (expires_at);
