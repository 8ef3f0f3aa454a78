-- What a person keeps for a course, and what Canvas said last about the person in the course. Neither is a
-- part of what other people read, so they do not change the version of the course.
CREATE TABLE preferences (
  course_id   INTEGER NOT NULL REFERENCES course ON DELETE CASCADE,
  user_id     INTEGER NOT NULL REFERENCES "user" ON DELETE CASCADE,
  value       TEXT    NOT NULL,
  PRIMARY KEY (course_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX preferences_user ON preferences (user_id);

CREATE TABLE canvas_state (
  course_id   INTEGER NOT NULL REFERENCES course ON DELETE CASCADE,
  user_id     INTEGER NOT NULL REFERENCES "user" ON DELETE CASCADE,
  state       TEXT,
  read_at     TEXT,
  asked_at    TEXT    NOT NULL,
  failure     TEXT,
  PRIMARY KEY (course_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX canvas_state_user ON canvas_state (user_id);
