-- Nothing has used the table before. Its token is replaced by a hash of it, and a session has an idle limit.
DROP TABLE session;
CREATE TABLE session (
  token_hash     TEXT    PRIMARY KEY,
  user_id        INTEGER NOT NULL REFERENCES "user" ON DELETE CASCADE,
  data           TEXT    NOT NULL,
  created_at     TEXT    NOT NULL,
  last_used_at   TEXT    NOT NULL,
  expires_at     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_person ON session (user_id);
CREATE INDEX session_expiry ON session (expires_at);
-- The rights of a session are the enrollments of its person.
CREATE INDEX enrollment_user ON enrollment (user_id);
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('enrollment', 'enrollment_user', '100000 3');
