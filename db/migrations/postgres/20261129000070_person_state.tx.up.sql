-- What a person keeps for a course, and what Canvas said last about the person in the course. Neither is a
-- part of what other people read, so they do not change the version of the course.
CREATE TABLE preferences (
  course_id   bigint NOT NULL REFERENCES course ON DELETE CASCADE,
  user_id     bigint NOT NULL REFERENCES "user" ON DELETE CASCADE,
  value       text   NOT NULL,
  PRIMARY KEY (course_id, user_id)
);
CREATE INDEX preferences_user ON preferences (user_id);

CREATE TABLE canvas_state (
  course_id   bigint      NOT NULL REFERENCES course ON DELETE CASCADE,
  user_id     bigint      NOT NULL REFERENCES "user" ON DELETE CASCADE,
  state       text,
  read_at     timestamptz,
  asked_at    timestamptz NOT NULL,
  failure     text,
  PRIMARY KEY (course_id, user_id)
);
CREATE INDEX canvas_state_user ON canvas_state (user_id);
