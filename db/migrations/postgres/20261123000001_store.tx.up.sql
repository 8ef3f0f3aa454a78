-- The store of resultgraph. Ids come from the counter table: they are unique in the
-- whole store, so that a row can move between machines without being renumbered.

CREATE TABLE counter (
  name  text   PRIMARY KEY,
  value bigint NOT NULL CHECK (value >= 0)
);
INSERT INTO counter (name, value) VALUES ('id', 0), ('sequence', 0);

CREATE TABLE account (
  id          bigint PRIMARY KEY CHECK (id > 0),
  canvas_guid text   NOT NULL UNIQUE CHECK (canvas_guid <> ''),
  base_url    text   NOT NULL,
  name        text   NOT NULL
);

CREATE TABLE course (
  id         bigint  PRIMARY KEY,
  account_id bigint  NOT NULL REFERENCES account,
  canvas_id  bigint  NOT NULL CHECK (canvas_id > 0),
  code       text    NOT NULL,
  name       text    NOT NULL,
  active     boolean NOT NULL,
  valid      boolean NOT NULL,
  readonly   boolean NOT NULL,
  UNIQUE (account_id, canvas_id)
);

CREATE TABLE section (
  id         bigint PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES account,
  canvas_id  bigint NOT NULL CHECK (canvas_id > 0),
  course_id  bigint NOT NULL REFERENCES course ON DELETE CASCADE,
  name       text   NOT NULL,
  UNIQUE (account_id, canvas_id)
);
CREATE INDEX section_course ON section (course_id, id);

CREATE TABLE "user" (
  id            bigint PRIMARY KEY,
  account_id    bigint NOT NULL REFERENCES account,
  canvas_id     bigint NOT NULL CHECK (canvas_id > 0),
  name          text   NOT NULL,
  sortable_name text   NOT NULL,
  login_id      text,
  UNIQUE (account_id, canvas_id)
);

CREATE TABLE enrollment (
  course_id  bigint NOT NULL REFERENCES course ON DELETE CASCADE,
  user_id    bigint NOT NULL REFERENCES "user" ON DELETE CASCADE,
  role       text   NOT NULL CHECK (role IN ('teacher', 'ta', 'designer', 'student')),
  section_id bigint REFERENCES section ON DELETE CASCADE
);
CREATE UNIQUE INDEX enrollment_key ON enrollment (course_id, user_id, role, coalesce(section_id, 0));
CREATE INDEX enrollment_section ON enrollment (section_id, user_id);

CREATE TABLE assignment (
  course_id bigint  NOT NULL REFERENCES course ON DELETE CASCADE,
  id        bigint  NOT NULL,
  canvas_id bigint  NOT NULL CHECK (canvas_id > 0),
  name      text    NOT NULL,
  active    boolean NOT NULL,
  published boolean NOT NULL,
  paused    boolean NOT NULL,
  revision  integer CHECK (revision >= 1),
  PRIMARY KEY (course_id, id),
  UNIQUE (course_id, canvas_id)
);

CREATE TABLE result (
  course_id      bigint      NOT NULL,
  id             bigint      NOT NULL,
  assignment_id  bigint      NOT NULL,
  user_id        bigint      NOT NULL REFERENCES "user",
  attempt        integer     NOT NULL CHECK (attempt >= 1),
  is_latest      boolean     NOT NULL,
  is_late        boolean     NOT NULL,
  sequence_id    bigint      NOT NULL,
  revision       integer     CHECK (revision >= 1),
  state          text        NOT NULL CHECK (state IN ('paused', 'queued', 'processing', 'done')),
  accepted       boolean,
  has_error      boolean,
  secret         boolean,
  score          double precision,
  score_reviewer double precision,
  progress       double precision CHECK (progress BETWEEN 0 AND 1),
  submitted_at   timestamptz NOT NULL,
  queued_at      timestamptz,
  started_at     timestamptz,
  processed_at   timestamptz,
  label          text,
  summary        text,
  preview_url    text,
  PRIMARY KEY (course_id, id),
  FOREIGN KEY (course_id, assignment_id) REFERENCES assignment ON DELETE CASCADE,
  UNIQUE (course_id, assignment_id, user_id, attempt),
  UNIQUE (course_id, sequence_id)
);
CREATE UNIQUE INDEX result_one_latest ON result (course_id, assignment_id, user_id) WHERE is_latest;
CREATE INDEX result_latest ON result (course_id, assignment_id, id) WHERE is_latest;
CREATE INDEX result_submitted ON result (course_id, assignment_id, submitted_at, id);
CREATE INDEX result_user ON result (course_id, user_id, id);

CREATE TABLE result_member (
  course_id bigint NOT NULL,
  result_id bigint NOT NULL,
  user_id   bigint NOT NULL REFERENCES "user",
  PRIMARY KEY (course_id, result_id, user_id),
  FOREIGN KEY (course_id, result_id) REFERENCES result ON DELETE CASCADE
);
CREATE INDEX result_member_user ON result_member (course_id, user_id, result_id);

CREATE TABLE step (
  course_id bigint  NOT NULL,
  result_id bigint  NOT NULL,
  position  integer NOT NULL CHECK (position >= 0),
  task      integer NOT NULL CHECK (task >= 0),
  task_id   text    NOT NULL CHECK (task_id <> ''),
  accepted  boolean NOT NULL,
  has_error boolean,
  secret    boolean,
  hidden    boolean NOT NULL,
  outcome   text    CHECK (outcome IN ('pass', 'fail', 'skip', 'error')),
  score     double precision,
  max_score double precision,
  label     text,
  summary   text,
  -- json and not jsonb: the answer keeps the order and the digits of what came in.
  details   json,
  PRIMARY KEY (course_id, result_id, position, task),
  FOREIGN KEY (course_id, result_id) REFERENCES result ON DELETE CASCADE
);

CREATE TABLE bundle (
  course_id  bigint      NOT NULL REFERENCES course ON DELETE CASCADE,
  id         bigint      NOT NULL,
  kind       text        NOT NULL CHECK (kind IN ('RECIPE', 'CONFIG', 'PRODUCT', 'FULL', 'BASIC')),
  result_id  bigint,
  format     text        NOT NULL CHECK (format IN ('ZIP', 'XML')),
  name       text        NOT NULL,
  sha256     text        CHECK (length(sha256) = 64),
  size       bigint      NOT NULL CHECK (size >= 0),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (course_id, id),
  FOREIGN KEY (course_id, result_id) REFERENCES result ON DELETE CASCADE,
  CHECK ((result_id IS NULL) = (kind IN ('RECIPE', 'CONFIG')))
);
CREATE UNIQUE INDEX bundle_result ON bundle (course_id, result_id, kind);
CREATE INDEX bundle_sha256 ON bundle (sha256);

CREATE TABLE revision (
  course_id     bigint      NOT NULL,
  assignment_id bigint      NOT NULL,
  number        integer     NOT NULL CHECK (number >= 1),
  recipe_id     bigint,
  config_id     bigint,
  created_at    timestamptz NOT NULL,
  PRIMARY KEY (course_id, assignment_id, number),
  FOREIGN KEY (course_id, assignment_id) REFERENCES assignment ON DELETE CASCADE,
  FOREIGN KEY (course_id, recipe_id) REFERENCES bundle,
  FOREIGN KEY (course_id, config_id) REFERENCES bundle
);
CREATE INDEX revision_recipe ON revision (course_id, recipe_id);
CREATE INDEX revision_config ON revision (course_id, config_id);

CREATE TABLE api_key (
  id         bigint      PRIMARY KEY,
  prefix     text        NOT NULL UNIQUE CHECK (prefix <> ''),
  hashed_key text        NOT NULL,
  name       text        NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  revoked    boolean     NOT NULL,
  read_only  boolean     NOT NULL
);

CREATE TABLE api_key_course (
  api_key_id bigint NOT NULL REFERENCES api_key ON DELETE CASCADE,
  course_id  bigint NOT NULL REFERENCES course ON DELETE CASCADE,
  PRIMARY KEY (api_key_id, course_id)
);
CREATE INDEX api_key_course_course ON api_key_course (course_id);

CREATE TABLE session (
  token      text        PRIMARY KEY,
  user_id    bigint      REFERENCES "user" ON DELETE CASCADE,
  data       bytea       NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE preference (
  course_id bigint NOT NULL REFERENCES course ON DELETE CASCADE,
  user_id   bigint NOT NULL REFERENCES "user" ON DELETE CASCADE,
  data      json   NOT NULL,
  PRIMARY KEY (course_id, user_id)
);

CREATE TABLE lti_platform (
  id            bigint PRIMARY KEY,
  account_id    bigint NOT NULL REFERENCES account ON DELETE CASCADE,
  issuer        text   NOT NULL,
  client_id     text   NOT NULL,
  deployment_id text   NOT NULL CHECK (length(deployment_id) BETWEEN 1 AND 255),
  auth_url      text   NOT NULL,
  token_url     text   NOT NULL,
  jwks_url      text   NOT NULL,
  UNIQUE (issuer, client_id, deployment_id)
);
