-- Canvas counts the attempts of each student by themselves: what a group hands in may have
-- another number for each of its members. These are those of members who are not the user
-- of the result, as far as they are known.
CREATE TABLE handed (
  course_id INTEGER NOT NULL,
  result_id INTEGER NOT NULL,
  user_id   INTEGER NOT NULL REFERENCES "user",
  attempt   INTEGER NOT NULL CHECK (attempt >= 1),
  PRIMARY KEY (course_id, result_id, user_id),
  FOREIGN KEY (course_id, result_id) REFERENCES result (course_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
