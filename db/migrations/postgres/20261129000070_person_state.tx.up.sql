-- What Canvas said last about a person in a course. Like preferences, it is not a part of what other people
-- read, so it does not change the version of the course.
CREATE INDEX preference_user ON preference (user_id);

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
