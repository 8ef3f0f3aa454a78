DROP TABLE engine_job_end;
