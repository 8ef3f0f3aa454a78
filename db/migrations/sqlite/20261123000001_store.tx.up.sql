-- The same store as postgres/, in SQLite's words: booleans are 0 and 1, times are UTC text,
-- and the clustered tables are WITHOUT ROWID so that a result's steps lie side by side.

CREATE TABLE counter (
  name           TEXT    PRIMARY KEY,
  value          INTEGER NOT NULL CHECK (value >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO counter (name, value) VALUES ('id', 0), ('sequence', 0);

CREATE TABLE account (
  id             INTEGER PRIMARY KEY CHECK (id > 0),
  canvas_guid    TEXT    NOT NULL UNIQUE CHECK (canvas_guid <> ''),
  base_url       TEXT    NOT NULL,
  name           TEXT    NOT NULL
) STRICT;

CREATE TABLE course (
  id             INTEGER PRIMARY KEY,
  account_id     INTEGER NOT NULL REFERENCES account,
  canvas_id      INTEGER NOT NULL CHECK (canvas_id > 0),
  code           TEXT    NOT NULL,
  name           TEXT    NOT NULL,
  active         INTEGER NOT NULL CHECK (active IN (0, 1)),
  valid          INTEGER NOT NULL CHECK (valid IN (0, 1)),
  readonly       INTEGER NOT NULL CHECK (readonly IN (0, 1)),
  UNIQUE (account_id, canvas_id)
) STRICT;

CREATE TABLE section (
  id             INTEGER PRIMARY KEY,
  account_id     INTEGER NOT NULL REFERENCES account,
  canvas_id      INTEGER NOT NULL CHECK (canvas_id > 0),
  course_id      INTEGER NOT NULL REFERENCES course ON DELETE CASCADE,
  name           TEXT    NOT NULL,
  UNIQUE (account_id, canvas_id)
) STRICT;
CREATE INDEX section_course ON section (course_id, id);

CREATE TABLE "user" (
  id             INTEGER PRIMARY KEY,
  account_id     INTEGER NOT NULL REFERENCES account,
  canvas_id      INTEGER NOT NULL CHECK (canvas_id > 0),
  name           TEXT    NOT NULL,
  sortable_name  TEXT    NOT NULL,
  login_id       TEXT,
  UNIQUE (account_id, canvas_id)
) STRICT;

CREATE TABLE enrollment (
  course_id      INTEGER NOT NULL REFERENCES course ON DELETE CASCADE,
  user_id        INTEGER NOT NULL REFERENCES "user" ON DELETE CASCADE,
  role           TEXT    NOT NULL CHECK (role IN ('teacher', 'ta', 'designer', 'student')),
  section_id     INTEGER REFERENCES section ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX enrollment_key ON enrollment (course_id, user_id, role, coalesce(section_id, 0));
CREATE INDEX enrollment_section ON enrollment (section_id, user_id);

CREATE TABLE assignment (
  course_id      INTEGER NOT NULL REFERENCES course ON DELETE CASCADE,
  id             INTEGER NOT NULL,
  canvas_id      INTEGER NOT NULL CHECK (canvas_id > 0),
  name           TEXT    NOT NULL,
  active         INTEGER NOT NULL CHECK (active IN (0, 1)),
  published      INTEGER NOT NULL CHECK (published IN (0, 1)),
  paused         INTEGER NOT NULL CHECK (paused IN (0, 1)),
  revision       INTEGER CHECK (revision >= 1),
  PRIMARY KEY (course_id, id),
  UNIQUE (course_id, canvas_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE result (
  course_id      INTEGER NOT NULL,
  id             INTEGER NOT NULL,
  assignment_id  INTEGER NOT NULL,
  user_id        INTEGER NOT NULL REFERENCES "user",
  attempt        INTEGER NOT NULL CHECK (attempt >= 1),
  is_latest      INTEGER NOT NULL CHECK (is_latest IN (0, 1)),
  is_late        INTEGER NOT NULL CHECK (is_late IN (0, 1)),
  sequence_id    INTEGER NOT NULL,
  revision       INTEGER CHECK (revision >= 1),
  state          TEXT    NOT NULL CHECK (state IN ('paused', 'queued', 'processing', 'done')),
  accepted       INTEGER CHECK (accepted IN (0, 1)),
  has_error      INTEGER CHECK (has_error IN (0, 1)),
  secret         INTEGER CHECK (secret IN (0, 1)),
  score          REAL,
  score_reviewer REAL,
  progress       REAL    CHECK (progress BETWEEN 0.0 AND 1.0),
  submitted_at   TEXT    NOT NULL,
  queued_at      TEXT,
  started_at     TEXT,
  processed_at   TEXT,
  label          TEXT,
  summary        TEXT,
  preview_url    TEXT,
  PRIMARY KEY (course_id, id),
  FOREIGN KEY (course_id, assignment_id) REFERENCES assignment (course_id, id) ON DELETE CASCADE,
  UNIQUE (course_id, assignment_id, user_id, attempt),
  UNIQUE (course_id, sequence_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX result_one_latest ON result (course_id, assignment_id, user_id) WHERE is_latest;
CREATE INDEX result_latest ON result (course_id, assignment_id, id) WHERE is_latest;
CREATE INDEX result_submitted ON result (course_id, assignment_id, submitted_at, id);
CREATE INDEX result_user ON result (course_id, user_id, id);

CREATE TABLE result_member (
  course_id      INTEGER NOT NULL,
  result_id      INTEGER NOT NULL,
  user_id        INTEGER NOT NULL REFERENCES "user",
  PRIMARY KEY (course_id, result_id, user_id),
  FOREIGN KEY (course_id, result_id) REFERENCES result (course_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX result_member_user ON result_member (course_id, user_id, result_id);

CREATE TABLE step (
  course_id      INTEGER NOT NULL,
  result_id      INTEGER NOT NULL,
  position       INTEGER NOT NULL CHECK (position >= 0),
  task           INTEGER NOT NULL CHECK (task >= 0),
  task_id        TEXT    NOT NULL CHECK (task_id <> ''),
  accepted       INTEGER NOT NULL CHECK (accepted IN (0, 1)),
  has_error      INTEGER CHECK (has_error IN (0, 1)),
  secret         INTEGER CHECK (secret IN (0, 1)),
  hidden         INTEGER NOT NULL CHECK (hidden IN (0, 1)),
  outcome        TEXT    CHECK (outcome IN ('pass', 'fail', 'skip', 'error')),
  score          REAL,
  max_score      REAL,
  label          TEXT,
  summary        TEXT,
  details        TEXT,
  PRIMARY KEY (course_id, result_id, position, task),
  FOREIGN KEY (course_id, result_id) REFERENCES result (course_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE bundle (
  course_id      INTEGER NOT NULL REFERENCES course ON DELETE CASCADE,
  id             INTEGER NOT NULL,
  kind           TEXT    NOT NULL CHECK (kind IN ('RECIPE', 'CONFIG', 'PRODUCT', 'FULL', 'BASIC')),
  result_id      INTEGER,
  format         TEXT    NOT NULL CHECK (format IN ('ZIP', 'XML')),
  name           TEXT    NOT NULL,
  sha256         TEXT    CHECK (length(sha256) = 64),
  size           INTEGER NOT NULL CHECK (size >= 0),
  created_at     TEXT    NOT NULL,
  PRIMARY KEY (course_id, id),
  FOREIGN KEY (course_id, result_id) REFERENCES result (course_id, id) ON DELETE CASCADE,
  CHECK ((result_id IS NULL) = (kind IN ('RECIPE', 'CONFIG')))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX bundle_result ON bundle (course_id, result_id, kind);
CREATE INDEX bundle_sha256 ON bundle (sha256);

CREATE TABLE revision (
  course_id      INTEGER NOT NULL,
  assignment_id  INTEGER NOT NULL,
  number         INTEGER NOT NULL CHECK (number >= 1),
  recipe_id      INTEGER,
  config_id      INTEGER,
  created_at     TEXT    NOT NULL,
  PRIMARY KEY (course_id, assignment_id, number),
  FOREIGN KEY (course_id, assignment_id) REFERENCES assignment (course_id, id) ON DELETE CASCADE,
  FOREIGN KEY (course_id, recipe_id) REFERENCES bundle (course_id, id),
  FOREIGN KEY (course_id, config_id) REFERENCES bundle (course_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX revision_recipe ON revision (course_id, recipe_id);
CREATE INDEX revision_config ON revision (course_id, config_id);

CREATE TABLE api_key (
  id             INTEGER PRIMARY KEY,
  prefix         TEXT    NOT NULL UNIQUE CHECK (prefix <> ''),
  hashed_key     TEXT    NOT NULL,
  name           TEXT    NOT NULL,
  created_at     TEXT    NOT NULL,
  expires_at     TEXT,
  revoked        INTEGER NOT NULL CHECK (revoked IN (0, 1)),
  read_only      INTEGER NOT NULL CHECK (read_only IN (0, 1))
) STRICT;

CREATE TABLE api_key_course (
  api_key_id     INTEGER NOT NULL REFERENCES api_key ON DELETE CASCADE,
  course_id      INTEGER NOT NULL REFERENCES course ON DELETE CASCADE,
  PRIMARY KEY (api_key_id, course_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX api_key_course_course ON api_key_course (course_id);

CREATE TABLE session (
  token          TEXT    PRIMARY KEY,
  user_id        INTEGER REFERENCES "user" ON DELETE CASCADE,
  data           BLOB    NOT NULL,
  expires_at     TEXT    NOT NULL
) STRICT;
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE preference (
  course_id      INTEGER NOT NULL REFERENCES course ON DELETE CASCADE,
  user_id        INTEGER NOT NULL REFERENCES "user" ON DELETE CASCADE,
  data           TEXT    NOT NULL,
  PRIMARY KEY (course_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE lti_platform (
  id             INTEGER PRIMARY KEY,
  account_id     INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
  issuer         TEXT    NOT NULL,
  client_id      TEXT    NOT NULL,
  deployment_id  TEXT    NOT NULL CHECK (length(deployment_id) BETWEEN 1 AND 255),
  auth_url       TEXT    NOT NULL,
  token_url      TEXT    NOT NULL,
  jwks_url       TEXT    NOT NULL,
  UNIQUE (issuer, client_id, deployment_id)
) STRICT;

-- Without statistics SQLite takes a course for ten rows and reads all of it. These stand
-- for a store of a million results, so that plans are the same in every store: rows,
-- and then rows that are equal in the first column, the first two, and so on.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('course', 'sqlite_autoindex_course_1', '100 30 1'),
  ('section', 'section_course', '500 5 1'),
  ('user', 'sqlite_autoindex_user_1', '50000 20000 1'),
  ('enrollment', 'enrollment_key', '100000 500 1 1 1'),
  ('enrollment', 'enrollment_section', '100000 50 1'),
  ('assignment', 'assignment', '2000 20 1'),
  ('assignment', 'sqlite_autoindex_assignment_2', '2000 20 1'),
  ('result', 'result', '1000000 20000 1'),
  ('result', 'sqlite_autoindex_result_2', '1000000 20000 1000 2 1'),
  ('result', 'sqlite_autoindex_result_3', '1000000 20000 1'),
  ('result', 'result_one_latest', '500000 10000 500 1'),
  ('result', 'result_latest', '500000 10000 500 1'),
  ('result', 'result_submitted', '1000000 20000 1000 1 1'),
  ('result', 'result_user', '1000000 20000 40 1'),
  ('result_member', 'result_member', '100000 2000 3 1'),
  ('result_member', 'result_member_user', '100000 2000 10 1'),
  ('step', 'step', '8000000 160000 8 2 1'),
  ('bundle', 'bundle', '3000000 60000 1'),
  ('bundle', 'bundle_result', '3000000 60000 3 1'),
  ('bundle', 'bundle_sha256', '3000000 2');
