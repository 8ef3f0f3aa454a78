-- The same as in postgres/, in SQLite's words.

ALTER TABLE result ADD engine_job TEXT CHECK (engine_job <> '');

CREATE TABLE program (
  name    TEXT NOT NULL PRIMARY KEY,
  seen_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
