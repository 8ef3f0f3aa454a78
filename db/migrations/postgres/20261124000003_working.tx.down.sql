ALTER TABLE result DROP COLUMN engine_job;
DROP TABLE program;
