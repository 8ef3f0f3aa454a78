ALTER TABLE canvas_access DROP COLUMN renewing_until;
