ALTER TABLE store RENAME COLUMN job_ran_at TO swept_at;
