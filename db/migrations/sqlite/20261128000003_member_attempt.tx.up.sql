-- The attempt number that each other member of a group has in Canvas.
ALTER TABLE handed RENAME TO member_attempt;
