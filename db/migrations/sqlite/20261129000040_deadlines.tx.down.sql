ALTER TABLE result DROP seconds_late;
--bun:split
ALTER TABLE assignment DROP position;
--bun:split
ALTER TABLE assignment DROP lock_at;
--bun:split
ALTER TABLE assignment DROP unlock_at;
--bun:split
ALTER TABLE assignment DROP due_at;
