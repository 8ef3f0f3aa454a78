DROP TABLE upload_outcome;
DROP TABLE upload;
DROP TABLE canvas_access;
ALTER TABLE assignment DROP refreshed_at;
ALTER TABLE assignment DROP canvas_published;
ALTER TABLE assignment DROP grading_type;
ALTER TABLE assignment DROP points_possible;
ALTER TABLE assignment DROP group_category_id;
ALTER TABLE assignment DROP group_graded_separately;
