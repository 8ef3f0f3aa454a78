-- The jobs of the engine to cancel, and the number of attempts to cancel each so far.
ALTER TABLE engine_job_end RENAME TO engine_job_cancellation;
ALTER TABLE engine_job_cancellation RENAME COLUMN since TO requested_at;
ALTER TABLE engine_job_cancellation RENAME COLUMN tries TO attempts;
