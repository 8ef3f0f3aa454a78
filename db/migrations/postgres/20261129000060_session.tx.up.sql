-- Nothing has used the table before. Its token is replaced by a hash of it, and a session has an idle limit.
DROP TABLE session;
CREATE TABLE session (
  token_hash   text        PRIMARY KEY,
  user_id      bigint      NOT NULL REFERENCES "user" ON DELETE CASCADE,
  data         text        NOT NULL,
  created_at   timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL
);
CREATE INDEX session_person ON session (user_id);
CREATE INDEX session_expiry ON session (expires_at);
-- The rights of a session are the enrollments of its person.
CREATE INDEX enrollment_user ON enrollment (user_id);
