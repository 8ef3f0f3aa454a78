ALTER TABLE worker_instance RENAME TO program;
