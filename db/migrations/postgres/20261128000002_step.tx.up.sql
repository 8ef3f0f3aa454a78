-- The id of a task's step. Task ids are the id of a step and dotted numbers, and step ids may
-- end in such numbers too. Only the recipe tells them apart, and SQL cannot read recipes, so
-- existing rows take all trailing numbers for task numbers.
ALTER TABLE step ADD COLUMN step_id text CHECK (step_id <> '');
--bun:split
UPDATE step SET step_id = regexp_replace(task_id, '^(.+?)(\.[0-9]+)*$', '\1');
--bun:split
ALTER TABLE step ALTER COLUMN step_id SET NOT NULL;
