-- The dates and the position of an assignment in Canvas, and the delay that Canvas knows of a late submission.
ALTER TABLE assignment ADD due_at TEXT;
--bun:split
ALTER TABLE assignment ADD unlock_at TEXT;
--bun:split
ALTER TABLE assignment ADD lock_at TEXT;
--bun:split
ALTER TABLE assignment ADD position INTEGER;
--bun:split
ALTER TABLE result ADD seconds_late REAL CHECK (seconds_late >= 0);
