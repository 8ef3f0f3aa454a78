-- The engine's jobs that nobody goes on with, until the engine has been told to end them.
CREATE TABLE engine_job_end (
  job   TEXT    NOT NULL PRIMARY KEY,
  since TEXT    NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
