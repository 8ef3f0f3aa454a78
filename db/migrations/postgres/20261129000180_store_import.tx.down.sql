ALTER TABLE store DROP COLUMN imported_at;
