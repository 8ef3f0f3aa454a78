-- The dates and the position of an assignment in Canvas, and the delay that Canvas knows of a late submission.
ALTER TABLE assignment
  ADD due_at    timestamptz,
  ADD unlock_at timestamptz,
  ADD lock_at   timestamptz,
  ADD position  integer;
--bun:split
ALTER TABLE result ADD seconds_late double precision CHECK (seconds_late >= 0);
