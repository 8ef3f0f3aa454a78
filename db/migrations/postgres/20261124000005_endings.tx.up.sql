-- The engine's jobs that nobody goes on with, until the engine has been told to end them.
CREATE TABLE engine_job_end (
  job   text        PRIMARY KEY,
  since timestamptz NOT NULL,
  tries int         NOT NULL DEFAULT 0
);
