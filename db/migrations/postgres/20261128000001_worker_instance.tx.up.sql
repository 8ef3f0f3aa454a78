-- Each row is an instance of the program that runs background jobs.
ALTER TABLE program RENAME TO worker_instance;
