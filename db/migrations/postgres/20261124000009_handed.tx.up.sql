-- Canvas counts the attempts of each student by themselves: what a group hands in may have
-- another number for each of its members. These are those of members who are not the user
-- of the result, as far as they are known.
CREATE TABLE handed (
  course_id bigint  NOT NULL,
  result_id bigint  NOT NULL,
  user_id   bigint  NOT NULL REFERENCES "user",
  attempt   integer NOT NULL CHECK (attempt >= 1),
  PRIMARY KEY (course_id, result_id, user_id),
  FOREIGN KEY (course_id, result_id) REFERENCES result ON DELETE CASCADE
);
