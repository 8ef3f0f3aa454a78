ALTER TABLE store DROP COLUMN export_id;
