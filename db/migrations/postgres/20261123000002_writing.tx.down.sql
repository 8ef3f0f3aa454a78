DROP TABLE upload_outcome;
DROP TABLE upload;
DROP TABLE canvas_access;
ALTER TABLE assignment
  DROP refreshed_at,
  DROP canvas_published,
  DROP grading_type,
  DROP points_possible,
  DROP group_category_id,
  DROP group_graded_separately;
