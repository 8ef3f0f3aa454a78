ALTER TABLE engine_job_cancellation RENAME COLUMN attempts TO tries;
ALTER TABLE engine_job_cancellation RENAME COLUMN requested_at TO since;
ALTER TABLE engine_job_cancellation RENAME TO engine_job_end;
