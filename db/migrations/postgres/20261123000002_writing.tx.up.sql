-- What changing things needs: what Canvas says of an assignment, how an account's Canvas is
-- reached, and which scores were sent there.

ALTER TABLE assignment
  ADD refreshed_at            timestamptz,
  ADD canvas_published        boolean,
  ADD grading_type            text CHECK (grading_type IN ('pass_fail', 'percent', 'letter_grade', 'gpa_scale', 'points', 'not_graded')),
  ADD points_possible         double precision CHECK (points_possible >= 0),
  ADD group_category_id       bigint CHECK (group_category_id > 0),
  ADD group_graded_separately boolean;

-- Tokens are encrypted with a key that the store does not have.
CREATE TABLE canvas_access (
  account_id    bigint      PRIMARY KEY REFERENCES account ON DELETE CASCADE,
  token         bytea       NOT NULL CHECK (length(token) > 0),
  refresh_token bytea       CHECK (length(refresh_token) > 0),
  expires_at    timestamptz,
  contacted_at  timestamptz,
  failure       text        CHECK (failure <> ''),
  CHECK (failure IS NULL OR contacted_at IS NOT NULL)
);

CREATE TABLE upload (
  course_id        bigint      NOT NULL REFERENCES course ON DELETE CASCADE,
  id               bigint      NOT NULL,
  assignment_id    bigint      NOT NULL,
  section_id       bigint      REFERENCES section ON DELETE CASCADE,
  passed           boolean     NOT NULL,
  failed           boolean     NOT NULL,
  replace_existing boolean     NOT NULL,
  state            text        NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),
  failure          text        CHECK (failure <> ''),
  canvas_progress  text        CHECK (canvas_progress <> ''),
  created_at       timestamptz NOT NULL,
  started_at       timestamptz,
  ended_at         timestamptz,
  PRIMARY KEY (course_id, id),
  FOREIGN KEY (course_id, assignment_id) REFERENCES assignment ON DELETE CASCADE,
  CHECK ((ended_at IS NOT NULL) = (state IN ('done', 'failed'))),
  CHECK ((failure IS NOT NULL) = (state = 'failed'))
);
CREATE INDEX upload_assignment ON upload (course_id, assignment_id, id);
CREATE INDEX upload_section ON upload (section_id);
-- A second upload of the same kind does not wait beside the first.
CREATE UNIQUE INDEX upload_waiting ON upload (course_id, assignment_id, coalesce(section_id, 0), passed, failed, replace_existing)
  WHERE state = 'waiting';

CREATE TABLE upload_outcome (
  course_id bigint NOT NULL,
  upload_id bigint NOT NULL,
  user_id   bigint NOT NULL REFERENCES "user",
  state     text   NOT NULL CHECK (state IN ('pending', 'sent', 'refused', 'kept')),
  grade     text,
  reason    text   CHECK (reason <> ''),
  PRIMARY KEY (course_id, upload_id, user_id),
  FOREIGN KEY (course_id, upload_id) REFERENCES upload ON DELETE CASCADE
);
