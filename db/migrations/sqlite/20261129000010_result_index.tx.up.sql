-- The orders of the lists of results of a course or an assignment. The expressions are those of the
-- ORDER BY of reviewers: see query.orderClauses.
CREATE INDEX result_assignment ON result (course_id, assignment_id, id);
CREATE INDEX result_assignment_sequence ON result (course_id, assignment_id, sequence_id, id);
CREATE INDEX result_course_latest ON result (course_id, id) WHERE is_latest;
CREATE INDEX result_course_submitted ON result (course_id, submitted_at, id);
CREATE INDEX result_course_processed ON result (course_id, coalesce(processed_at, '9999'), id);
CREATE INDEX result_course_score ON result (course_id, coalesce(coalesce(score_reviewer, score), -9e999), id);
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('result', 'result_assignment', '1000000 20000 1000 1'),
  ('result', 'result_assignment_sequence', '1000000 20000 1000 1 1'),
  ('result', 'result_course_latest', '500000 10000 1'),
  ('result', 'result_course_submitted', '1000000 20000 1 1'),
  ('result', 'result_course_processed', '1000000 20000 1 1'),
  ('result', 'result_course_score', '1000000 20000 200 1');
