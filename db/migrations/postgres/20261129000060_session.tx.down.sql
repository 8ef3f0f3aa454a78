DROP INDEX enrollment_user;
DROP TABLE session;
CREATE TABLE session (
  token      text        PRIMARY KEY,
  user_id    bigint      REFERENCES "user" ON DELETE CASCADE,
  data       bytea       NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX session_expiry ON session (expires_at);
