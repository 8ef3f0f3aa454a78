DROP INDEX result_assignment;
DROP INDEX result_assignment_sequence;
DROP INDEX result_course_latest;
DROP INDEX result_course_submitted;
DROP INDEX result_course_processed;
DROP INDEX result_course_score;
