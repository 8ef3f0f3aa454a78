-- The version of a course rises in every transaction that changes what can be read in the course. It is
-- also the source of sequence_id. The counter directory is the version of what belongs to no single
-- course: accounts, the courses themselves and people. It takes the value of the counter sequence, whose
-- numbers stay valid. A release that needs that counter fails to write results.
CREATE TABLE course_version (
  course_id bigint PRIMARY KEY REFERENCES course ON DELETE CASCADE,
  version   bigint NOT NULL CHECK (version >= 0)
) WITH (fillfactor = 50);
UPDATE counter SET name = 'directory' WHERE name = 'sequence';
INSERT INTO course_version SELECT id, (SELECT value FROM counter WHERE name = 'directory') FROM course;

CREATE FUNCTION start_course_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO course_version SELECT NEW.id, coalesce(max(version), 0) FROM course_version;
  RETURN NULL;
END $$;
CREATE TRIGGER version_start AFTER INSERT ON course FOR EACH ROW EXECUTE FUNCTION start_course_version();

-- raise_course_version raises each version once in a transaction: a row whose xmin is the transaction
-- was raised already. It locks the versions in the order of their courses, so that transactions do not
-- deadlock.
CREATE FUNCTION raise_course_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  WITH unraised AS (
    SELECT course_id FROM course_version
    WHERE course_id IN (SELECT course_id FROM changed) AND xmin <> pg_current_xact_id()::xid
    ORDER BY course_id FOR NO KEY UPDATE)
  UPDATE course_version AS ver SET version = ver.version + 1 FROM unraised WHERE ver.course_id = unraised.course_id;
  RETURN NULL;
END $$;

CREATE FUNCTION raise_directory_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE counter SET value = value + 1
  WHERE name = 'directory' AND xmin <> pg_current_xact_id()::xid AND EXISTS (SELECT FROM changed);
  RETURN NULL;
END $$;

DO $$
DECLARE
  changed_table text;
BEGIN
  FOREACH changed_table IN ARRAY ARRAY['section', 'enrollment', 'assignment', 'revision', 'result', 'result_member', 'step', 'bundle'] LOOP
    EXECUTE format('CREATE TRIGGER version_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS changed
      FOR EACH STATEMENT EXECUTE FUNCTION raise_course_version()', changed_table);
    EXECUTE format('CREATE TRIGGER version_update_from AFTER UPDATE ON %I REFERENCING OLD TABLE AS changed
      FOR EACH STATEMENT EXECUTE FUNCTION raise_course_version()', changed_table);
    EXECUTE format('CREATE TRIGGER version_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS changed
      FOR EACH STATEMENT EXECUTE FUNCTION raise_course_version()', changed_table);
  END LOOP;
  -- A section and an enrollment can move to another course.
  FOREACH changed_table IN ARRAY ARRAY['section', 'enrollment'] LOOP
    EXECUTE format('CREATE TRIGGER version_update_to AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed
      FOR EACH STATEMENT EXECUTE FUNCTION raise_course_version()', changed_table);
  END LOOP;
  FOREACH changed_table IN ARRAY ARRAY['account', 'course', 'user'] LOOP
    EXECUTE format('CREATE TRIGGER version_update AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed
      FOR EACH STATEMENT EXECUTE FUNCTION raise_directory_version()', changed_table);
    EXECUTE format('CREATE TRIGGER version_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS changed
      FOR EACH STATEMENT EXECUTE FUNCTION raise_directory_version()', changed_table);
  END LOOP;
  -- A new person is visible once a course has an enrollment or a result of the person.
  FOREACH changed_table IN ARRAY ARRAY['account', 'course'] LOOP
    EXECUTE format('CREATE TRIGGER version_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS changed
      FOR EACH STATEMENT EXECUTE FUNCTION raise_directory_version()', changed_table);
  END LOOP;
END $$;
