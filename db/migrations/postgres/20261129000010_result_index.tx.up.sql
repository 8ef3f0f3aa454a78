-- The orders of the lists of results of a course or an assignment. The expressions are those of the
-- ORDER BY of reviewers: see query.orderClauses.
CREATE INDEX result_assignment ON result (course_id, assignment_id, id);
CREATE INDEX result_assignment_sequence ON result (course_id, assignment_id, sequence_id, id);
CREATE INDEX result_course_latest ON result (course_id, id) WHERE is_latest;
CREATE INDEX result_course_submitted ON result (course_id, submitted_at, id);
CREATE INDEX result_course_processed ON result (course_id, coalesce(processed_at, 'infinity'::timestamptz), id);
CREATE INDEX result_course_score ON result (course_id, coalesce(coalesce(score_reviewer, score), '-Infinity'::float8), id);
