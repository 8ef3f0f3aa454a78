-- What programs that work in the background leave for those that go on when they are killed.

-- The engine's name of the job that a result is processed in: it is gone on with, not begun again.
ALTER TABLE result ADD engine_job text CHECK (engine_job <> '');

-- The programs that work, and when each was last heard of.
CREATE TABLE program (
  name    text        PRIMARY KEY,
  seen_at timestamptz NOT NULL
);
