ALTER TABLE result DROP seconds_late;
--bun:split
ALTER TABLE assignment DROP position, DROP lock_at, DROP unlock_at, DROP due_at;
