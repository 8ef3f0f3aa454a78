-- The wait for the first sweep starts anew when the daily job has not run for a while. Therefore the store
-- records the last run of the job, and not the last sweep. started_at is the start of the wait.
ALTER TABLE store RENAME COLUMN swept_at TO job_ran_at;
