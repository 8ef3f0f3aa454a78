-- The id of a task's step. Task ids are the id of a step and dotted numbers, and step ids may
-- end in such numbers too. Only the recipe tells them apart, and SQL cannot read recipes, so
-- existing rows take all trailing numbers for task numbers.
ALTER TABLE step ADD COLUMN step_id TEXT CHECK (step_id <> '');
--bun:split
UPDATE step SET step_id = (
  WITH RECURSIVE shorter (id) AS (
    SELECT step.task_id
    UNION ALL
    SELECT substr(rtrim(id, '0123456789'), 1, length(rtrim(id, '0123456789')) - 1)
    FROM shorter
    WHERE rtrim(id, '0123456789') GLOB '?*.' AND rtrim(id, '0123456789') <> id
  )
  SELECT id FROM shorter ORDER BY length(id) LIMIT 1
);
