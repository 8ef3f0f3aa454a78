DROP TABLE handed;
