DROP TABLE task_count;
DROP TABLE result_count;
