ALTER TABLE member_attempt RENAME TO handed;
