-- The same as in postgres/, in SQLite's words.

ALTER TABLE assignment ADD refreshed_at TEXT;
ALTER TABLE assignment ADD canvas_published INTEGER CHECK (canvas_published IN (0, 1));
ALTER TABLE assignment ADD grading_type TEXT CHECK (grading_type IN ('pass_fail', 'percent', 'letter_grade', 'gpa_scale', 'points', 'not_graded'));
ALTER TABLE assignment ADD points_possible REAL CHECK (points_possible >= 0);
ALTER TABLE assignment ADD group_category_id INTEGER CHECK (group_category_id > 0);
ALTER TABLE assignment ADD group_graded_separately INTEGER CHECK (group_graded_separately IN (0, 1));

-- Tokens are encrypted with a key that the store does not have.
CREATE TABLE canvas_access (
  account_id       INTEGER PRIMARY KEY REFERENCES account ON DELETE CASCADE,
  token            BLOB    NOT NULL CHECK (length(token) > 0),
  refresh_token    BLOB    CHECK (length(refresh_token) > 0),
  expires_at       TEXT,
  contacted_at     TEXT,
  failure          TEXT    CHECK (failure <> ''),
  CHECK (failure IS NULL OR contacted_at IS NOT NULL)
) STRICT;

CREATE TABLE upload (
  course_id        INTEGER NOT NULL REFERENCES course ON DELETE CASCADE,
  id               INTEGER NOT NULL,
  assignment_id    INTEGER NOT NULL,
  section_id       INTEGER REFERENCES section ON DELETE CASCADE,
  passed           INTEGER NOT NULL CHECK (passed IN (0, 1)),
  failed           INTEGER NOT NULL CHECK (failed IN (0, 1)),
  replace_existing INTEGER NOT NULL CHECK (replace_existing IN (0, 1)),
  state            TEXT    NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
  failure          TEXT    CHECK (failure <> ''),
  canvas_progress  TEXT    CHECK (canvas_progress <> ''),
  created_at       TEXT    NOT NULL,
  started_at       TEXT,
  ended_at         TEXT,
  PRIMARY KEY (course_id, id),
  FOREIGN KEY (course_id, assignment_id) REFERENCES assignment ON DELETE CASCADE,
  CHECK ((ended_at IS NOT NULL) = (state IN ('done', 'failed'))),
  CHECK ((failure IS NOT NULL) = (state = 'failed'))
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_assignment ON upload (course_id, assignment_id, id);
CREATE INDEX upload_section ON upload (section_id);
-- A second upload of the same kind does not wait beside the first.
CREATE UNIQUE INDEX upload_waiting ON upload (course_id, assignment_id, coalesce(section_id, 0), passed, failed, replace_existing)
  WHERE state = 'waiting';

CREATE TABLE upload_outcome (
  course_id        INTEGER NOT NULL,
  upload_id        INTEGER NOT NULL,
  user_id          INTEGER NOT NULL REFERENCES "user",
  state            TEXT    NOT NULL CHECK (state IN ('pending', 'sent', 'refused', 'kept')),
  grade            TEXT,
  reason           TEXT    CHECK (reason <> ''),
  PRIMARY KEY (course_id, upload_id, user_id),
  FOREIGN KEY (course_id, upload_id) REFERENCES upload ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
