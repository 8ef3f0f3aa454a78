-- The numbers of results and of latest results of an assignment, so that nothing counts them at each read.
CREATE TABLE result_count (
  course_id     INTEGER NOT NULL,
  assignment_id INTEGER NOT NULL,
  total         INTEGER NOT NULL,
  latest        INTEGER NOT NULL,
  PRIMARY KEY (course_id, assignment_id),
  FOREIGN KEY (course_id, assignment_id) REFERENCES assignment (course_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
--bun:split
INSERT INTO result_count SELECT course_id, assignment_id, count(*), count(*) FILTER (WHERE is_latest) FROM result
  GROUP BY course_id, assignment_id;
--bun:split
-- The tasks of the latest results of an assignment, each with the number of these results that have it.
CREATE TABLE task_count (
  course_id     INTEGER NOT NULL,
  assignment_id INTEGER NOT NULL,
  position      INTEGER NOT NULL,
  task          INTEGER NOT NULL,
  task_id       TEXT   NOT NULL,
  latest        INTEGER NOT NULL,
  PRIMARY KEY (course_id, assignment_id, position, task, task_id),
  FOREIGN KEY (course_id, assignment_id) REFERENCES assignment (course_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
--bun:split
INSERT INTO task_count SELECT res.course_id, res.assignment_id, stp.position, stp.task, stp.task_id, count(*)
  FROM result AS res JOIN step AS stp ON stp.course_id = res.course_id AND stp.result_id = res.id
  WHERE res.is_latest GROUP BY 1, 2, 3, 4, 5;
--bun:split
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('result_count', 'result_count', '2000 20 1'),
  ('task_count', 'task_count', '20000 200 10 2 1 1');
