-- The version of a course rises in every transaction that changes what can be read in the course. It is
-- also the source of sequence_id. The counter directory is the version of what belongs to no single
-- course: accounts, the courses themselves and people. It takes the value of the counter sequence, whose
-- numbers stay valid. A release that needs that counter fails to write results.
CREATE TABLE course_version (
  course_id INTEGER PRIMARY KEY REFERENCES course ON DELETE CASCADE,
  version   INTEGER NOT NULL CHECK (version >= 0)
) STRICT;
UPDATE counter SET name = 'directory' WHERE name = 'sequence';
INSERT INTO course_version SELECT id, (SELECT value FROM counter WHERE name = 'directory') FROM course;

CREATE TRIGGER course_version_start AFTER INSERT ON course BEGIN
  INSERT INTO course_version SELECT NEW.id, coalesce(max(version), 0) FROM course_version;
END;

-- SQLite has only triggers for each row, so that a transaction can raise a version more than once.
CREATE TRIGGER section_version_insert AFTER INSERT ON section BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = NEW.course_id;
END;
CREATE TRIGGER section_version_update AFTER UPDATE ON section BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id IN (OLD.course_id, NEW.course_id);
END;
CREATE TRIGGER section_version_delete AFTER DELETE ON section BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = OLD.course_id;
END;
CREATE TRIGGER enrollment_version_insert AFTER INSERT ON enrollment BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = NEW.course_id;
END;
CREATE TRIGGER enrollment_version_update AFTER UPDATE ON enrollment BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id IN (OLD.course_id, NEW.course_id);
END;
CREATE TRIGGER enrollment_version_delete AFTER DELETE ON enrollment BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = OLD.course_id;
END;
CREATE TRIGGER assignment_version_insert AFTER INSERT ON assignment BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = NEW.course_id;
END;
CREATE TRIGGER assignment_version_update AFTER UPDATE ON assignment BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = OLD.course_id;
END;
CREATE TRIGGER assignment_version_delete AFTER DELETE ON assignment BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = OLD.course_id;
END;
CREATE TRIGGER revision_version_insert AFTER INSERT ON revision BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = NEW.course_id;
END;
CREATE TRIGGER revision_version_update AFTER UPDATE ON revision BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = OLD.course_id;
END;
CREATE TRIGGER revision_version_delete AFTER DELETE ON revision BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = OLD.course_id;
END;
CREATE TRIGGER result_version_insert AFTER INSERT ON result BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = NEW.course_id;
END;
CREATE TRIGGER result_version_update AFTER UPDATE ON result BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = OLD.course_id;
END;
CREATE TRIGGER result_version_delete AFTER DELETE ON result BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = OLD.course_id;
END;
CREATE TRIGGER result_member_version_insert AFTER INSERT ON result_member BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = NEW.course_id;
END;
CREATE TRIGGER result_member_version_update AFTER UPDATE ON result_member BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = OLD.course_id;
END;
CREATE TRIGGER result_member_version_delete AFTER DELETE ON result_member BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = OLD.course_id;
END;
CREATE TRIGGER step_version_insert AFTER INSERT ON step BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = NEW.course_id;
END;
CREATE TRIGGER step_version_update AFTER UPDATE ON step BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = OLD.course_id;
END;
CREATE TRIGGER step_version_delete AFTER DELETE ON step BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = OLD.course_id;
END;
CREATE TRIGGER bundle_version_insert AFTER INSERT ON bundle BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = NEW.course_id;
END;
CREATE TRIGGER bundle_version_update AFTER UPDATE ON bundle BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = OLD.course_id;
END;
CREATE TRIGGER bundle_version_delete AFTER DELETE ON bundle BEGIN
  UPDATE course_version SET version = version + 1 WHERE course_id = OLD.course_id;
END;

-- A new person is visible once a course has an enrollment or a result of the person.
CREATE TRIGGER account_version_insert AFTER INSERT ON account BEGIN
  UPDATE counter SET value = value + 1 WHERE name = 'directory';
END;
CREATE TRIGGER account_version_update AFTER UPDATE ON account BEGIN
  UPDATE counter SET value = value + 1 WHERE name = 'directory';
END;
CREATE TRIGGER account_version_delete AFTER DELETE ON account BEGIN
  UPDATE counter SET value = value + 1 WHERE name = 'directory';
END;
CREATE TRIGGER course_version_insert AFTER INSERT ON course BEGIN
  UPDATE counter SET value = value + 1 WHERE name = 'directory';
END;
CREATE TRIGGER course_version_update AFTER UPDATE ON course BEGIN
  UPDATE counter SET value = value + 1 WHERE name = 'directory';
END;
CREATE TRIGGER course_version_delete AFTER DELETE ON course BEGIN
  UPDATE counter SET value = value + 1 WHERE name = 'directory';
END;
CREATE TRIGGER user_version_update AFTER UPDATE ON "user" BEGIN
  UPDATE counter SET value = value + 1 WHERE name = 'directory';
END;
CREATE TRIGGER user_version_delete AFTER DELETE ON "user" BEGIN
  UPDATE counter SET value = value + 1 WHERE name = 'directory';
END;
