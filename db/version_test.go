package db_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/migrations"
	"github.com/momotor/resultgraph/db/query"
)

// versions are the versions of the courses of a fixture and of the directory.
type versions struct{ course, other, directory int64 }

func readVersions(t *testing.T, s *db.Store, f *dbtest.Fixture) (v versions) {
	t.Helper()
	const query = `SELECT (SELECT version FROM course_version WHERE course_id = ?0), (SELECT version FROM course_version WHERE course_id = ?1),
		(SELECT value FROM counter WHERE name = 'directory')`
	err := s.DB().NewRaw(query, f.Course.MomotorID, f.OtherCourse.MomotorID).Scan(t.Context(), &v.course, &v.other, &v.directory)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Every change of what can be read raises the version of its course or of the directory, and no other.
func TestChangesRaiseVersions(t *testing.T) {
	type state = struct {
		course, other, directory bool // whether the version rises
	}
	course, directory, nothing := state{course: true}, state{directory: true}, state{}
	inTx := func(f func(ctx context.Context, tx *change.Tx, f *dbtest.Fixture) error) func(*testing.T, *db.Store, *dbtest.Fixture) error {
		return func(t *testing.T, s *db.Store, fx *dbtest.Fixture) error {
			return dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error { return f(ctx, tx, fx) })
		}
	}
	keyOf := func(a *db.Assignment) db.AssignmentKey {
		return db.AssignmentKey{CourseID: a.CourseID, ID: a.MomotorID}
	}
	for _, tt := range []struct {
		name   string
		want   state
		change func(*testing.T, *db.Store, *dbtest.Fixture) error
	}{
		{"a result", course, func(t *testing.T, s *db.Store, f *dbtest.Fixture) error {
			_, err := ingest.UpsertResults(t.Context(), s, []*ingest.ResultItem{dbtest.Result(f.PublishedAssignment, f.Anna, 2)}, dbtest.Noon)
			return err
		}},
		{"the same result", nothing, func(t *testing.T, s *db.Store, f *dbtest.Fixture) error {
			_, err := ingest.UpsertResults(t.Context(), s, []*ingest.ResultItem{dbtest.Result(f.PublishedAssignment, f.Anna, 1)}, dbtest.Noon)
			return err
		}},
		{"results of two courses", state{course: true, other: true}, func(t *testing.T, s *db.Store, f *dbtest.Fixture) error {
			_, err := ingest.UpsertResults(t.Context(), s, []*ingest.ResultItem{
				dbtest.Result(f.OtherPublishedAssignment, f.Anna, 1), dbtest.Result(f.PublishedAssignment, f.Bob, 1),
			}, dbtest.Noon)
			return err
		}},
		{"a name of an assignment", course, inTx(func(ctx context.Context, tx *change.Tx, f *dbtest.Fixture) error {
			return tx.RenameAssignment(ctx, keyOf(f.PublishedAssignment), "New name")
		})},
		{"the same name of an assignment", nothing, inTx(func(ctx context.Context, tx *change.Tx, f *dbtest.Fixture) error {
			return tx.RenameAssignment(ctx, keyOf(f.PublishedAssignment), f.PublishedAssignment.Name)
		})},
		{"the settings of an assignment", course, inTx(func(ctx context.Context, tx *change.Tx, f *dbtest.Fixture) error {
			return tx.UpdateCanvasSettings(ctx, keyOf(f.PublishedAssignment), change.CanvasSettings{Active: true, GradingType: new(db.GradingPoints)})
		})},
		{"the same settings of an assignment", nothing, inTx(func(ctx context.Context, tx *change.Tx, f *dbtest.Fixture) error {
			return tx.UpdateCanvasSettings(ctx, keyOf(f.PublishedAssignment), change.CanvasSettings{Active: f.PublishedAssignment.Active})
		})},
		{"a configuration", course, inTx(func(ctx context.Context, tx *change.Tx, f *dbtest.Fixture) error {
			_, err := tx.Configure(ctx, keyOf(f.PublishedAssignment), change.Configuration{Recipe: dbtest.File("new.zip")})
			return err
		})},
		{"a refresh", course, inTx(func(ctx context.Context, tx *change.Tx, f *dbtest.Fixture) error {
			return tx.StartRefresh(ctx, keyOf(f.PublishedAssignment))
		})},
		{"an enrollment", course, func(t *testing.T, s *db.Store, f *dbtest.Fixture) error {
			_, err := ingest.InsertEnrollments(t.Context(), s, []*db.Enrollment{{CourseID: f.Course.MomotorID, UserID: f.Anna.MomotorID, Role: db.RoleTA}})
			return err
		}},
		{"no enrollments", course, func(t *testing.T, s *db.Store, f *dbtest.Fixture) error {
			_, _, err := change.ReplaceEnrollments(t.Context(), s, f.Course.MomotorID, nil)
			return err
		}},
		{"a section that moves to another course", state{course: true, other: true}, func(t *testing.T, s *db.Store, f *dbtest.Fixture) error {
			moved := *f.Section
			moved.CourseID = f.OtherCourse.MomotorID
			_, err := ingest.UpsertSections(t.Context(), s, []*db.Section{&moved})
			return err
		}},
		{"purged bundles", course, func(t *testing.T, s *db.Store, f *dbtest.Fixture) error {
			_, err := s.PurgeBundles(t.Context(), db.BundleFull, dbtest.Noon.Add(time.Hour))
			return err
		}},
		{"no purged bundles", nothing, func(t *testing.T, s *db.Store, f *dbtest.Fixture) error {
			_, err := s.PurgeBundles(t.Context(), db.BundleFull, dbtest.Noon.Add(-time.Hour))
			return err
		}},
		{"a name of a course", directory, inTx(func(ctx context.Context, tx *change.Tx, f *dbtest.Fixture) error {
			return tx.UpdateCourse(ctx, f.Course.MomotorID, "C", "New name")
		})},
		{"the end of a course", directory, inTx(func(ctx context.Context, tx *change.Tx, f *dbtest.Fixture) error {
			if err := tx.UpdateCourse(ctx, f.Course.MomotorID, "C", "New name"); err != nil {
				return err
			}
			return tx.InvalidateCourse(ctx, f.Course.MomotorID)
		})},
		{"a course", directory, func(t *testing.T, s *db.Store, f *dbtest.Fixture) error {
			_, err := ingest.UpsertCourses(t.Context(), s, []*db.Course{{AccountID: f.Account.MomotorID, CanvasID: 1003, Code: "C3", Name: "Three"}})
			return err
		}},
		{"a name of an account", directory, func(t *testing.T, s *db.Store, f *dbtest.Fixture) error {
			_, err := ingest.UpsertAccounts(t.Context(), s, []*db.Account{{CanvasGUID: "guid", BaseURL: "https://canvas.example.edu", Name: "New name"}})
			return err
		}},
		{"a name of a person", directory, func(t *testing.T, s *db.Store, f *dbtest.Fixture) error {
			_, err := ingest.UpsertUsers(t.Context(), s, []*db.User{{AccountID: f.Account.MomotorID, CanvasID: 1, Name: "New name", SortableName: "Anna"}})
			return err
		}},
		{"a person without a course", nothing, func(t *testing.T, s *db.Store, f *dbtest.Fixture) error {
			_, err := ingest.UpsertUsers(t.Context(), s, []*db.User{{AccountID: f.Account.MomotorID, CanvasID: 9, Name: "New", SortableName: "New"}})
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, s *db.Store) {
				f := dbtest.NewFixture(t, s)
				f.UpsertResults(t, s, dbtest.Result(f.PublishedAssignment, f.Anna, 1))
				before := readVersions(t, s, f)
				if err := tt.change(t, s, f); err != nil {
					t.Fatal(err)
				}
				after := readVersions(t, s, f)
				if got := (state{after.course > before.course, after.other > before.other, after.directory > before.directory}); got != tt.want {
					t.Errorf("the versions changed from %+v to %+v; raised: %+v, want %+v", before, after, got, tt.want)
				}
			})
		})
	}
}

// Every table with rows of courses raises their versions, unless its rows cannot be read or answers with
// its rows have no version.
func TestTablesRaiseVersions(t *testing.T) {
	without := []string{
		"course_version", "api_key_course", "member_attempt", // not in answers
		"preference",                 // answers with preferences have no tag
		"result_count", "task_count", // written together with results
		"upload", "upload_outcome", "canvas_state", // answers with uploads, or with a state in Canvas, have no tag
	}
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		tables := "SELECT tbl.name, (SELECT count(*) FROM sqlite_schema AS trg WHERE trg.type = 'trigger' AND trg.tbl_name = tbl.name AND trg.name LIKE '%version%') AS triggers FROM sqlite_schema AS tbl WHERE tbl.type = 'table' AND EXISTS (SELECT 1 FROM pragma_table_info(tbl.name) AS col WHERE col.name = 'course_id')"
		if s.IsPostgres() {
			tables = "SELECT cls.relname AS name, (SELECT count(DISTINCT left(trg.tgname, 14)) FROM pg_trigger AS trg WHERE trg.tgrelid = cls.oid AND trg.tgname LIKE 'version%') AS triggers FROM pg_class AS cls WHERE cls.relkind = 'r' AND EXISTS (SELECT FROM pg_attribute AS att WHERE att.attrelid = cls.oid AND att.attname = 'course_id')"
		}
		var rows []struct {
			Name     string
			Triggers int
		}
		if err := s.DB().NewRaw(tables).Scan(t.Context(), &rows); err != nil {
			t.Fatal(err)
		}
		if len(rows) < 10 {
			t.Errorf("only %d tables have the column course_id", len(rows))
		}
		for _, table := range rows {
			if !slices.Contains(without, table.Name) && table.Triggers != 3 {
				t.Errorf("the table %s has %d triggers for the version of its course, want 3: add them in a migration like …_version", table.Name, table.Triggers)
			}
		}
	})
}

// Sequence ids come into view in ascending order, also when many transactions write to a course.
func TestSequenceOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		f := dbtest.NewFixture(t, s)
		const writers, attempts = 4, 12
		var wg sync.WaitGroup
		for w := range writers {
			user := []*db.User{f.Anna, f.Bob, f.Carl, f.Teacher}[w]
			wg.Go(func() {
				for attempt := range attempts {
					item := dbtest.Result(f.PublishedAssignment, user, attempt+1)
					if _, err := ingest.UpsertResults(t.Context(), s, []*ingest.ResultItem{item}, dbtest.Noon); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		done := make(chan bool)
		go func() { wg.Wait(); close(done) }()
		seen := map[int64]int64{} // the sequence id of each result
		var last int64
		for running := true; running; {
			select {
			case <-done:
				running = false
			default:
			}
			var rows []*db.Result
			err := s.DB().NewSelect().Model(&rows).Column("id", "sequence_id").Where("sequence_id > ?", last).Order("sequence_id").Scan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				seen[r.MomotorID], last = r.SequenceID, r.SequenceID
			}
		}
		var stored []*db.Result
		if err := s.DB().NewSelect().Model(&stored).Column("id", "sequence_id").Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, r := range stored {
			if seen[r.MomotorID] != r.SequenceID {
				t.Errorf("a client that follows the changes saw result %d with the sequence id %d, but it has %d", r.MomotorID, seen[r.MomotorID], r.SequenceID)
			}
		}
		if len(stored) != writers*attempts {
			t.Errorf("%d results are stored, want %d", len(stored), writers*attempts)
		}
	})
}

// A transaction that writes results does not wait for one that writes results of another course.
func TestCoursesDoNotWait(t *testing.T) {
	t.Parallel()
	location := dbtest.MigratedPostgres(t)
	s, other := dbtest.Open(t, location), dbtest.Open(t, location+"&lock_timeout=1000")
	f := dbtest.NewFixture(t, s)
	err := s.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if _, err := ingest.WriteResults(ctx, s, tx, []*ingest.ResultItem{dbtest.Result(f.PublishedAssignment, f.Anna, 1)}, dbtest.Noon); err != nil {
			return err
		}
		if _, err := ingest.UpsertResults(ctx, other, []*ingest.ResultItem{dbtest.Result(f.OtherPublishedAssignment, f.Bob, 1)}, dbtest.Noon); err != nil {
			t.Errorf("a writer of another course waits: %v", err)
		}
		if _, err := ingest.UpsertResults(ctx, other, []*ingest.ResultItem{dbtest.Result(f.PublishedAssignment, f.Bob, 1)}, dbtest.Noon); err == nil {
			t.Error("a writer of the same course does not wait")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Writers of the same rows of a course wait for each other at the start, so that they do not deadlock.
func TestWritersLockCourses(t *testing.T) {
	for name, write := range map[string]func(ctx context.Context, s *db.Store, f *dbtest.Fixture, tx bun.Tx) error{
		"enrollments": func(ctx context.Context, s *db.Store, f *dbtest.Fixture, tx bun.Tx) error {
			e := &db.Enrollment{CourseID: f.Course.MomotorID, UserID: f.Anna.MomotorID, Role: db.RoleTA}
			if tx.Tx != nil {
				return query.Insert(ctx, tx, []*db.Enrollment{e})
			}
			_, err := ingest.InsertEnrollments(ctx, s, []*db.Enrollment{e})
			return err
		},
		"sections": func(ctx context.Context, s *db.Store, f *dbtest.Fixture, tx bun.Tx) error {
			if tx.Tx != nil {
				_, err := tx.NewRaw("UPDATE section SET name = 'New name' WHERE id = ?", f.Section.MomotorID).Exec(ctx)
				return err
			}
			_, err := ingest.UpsertSections(ctx, s, []*db.Section{{AccountID: f.Account.MomotorID, CanvasID: f.Section.CanvasID, CourseID: f.OtherCourse.MomotorID, Name: "Moved"}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, s *db.Store) {
				f := dbtest.NewFixture(t, s)
				firstErr, secondErr := dbtest.Overlap(t, s, func(beforeCommit func()) error {
					return s.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
						err := db.LockCourses(ctx, tx, f.Course.MomotorID)
						beforeCommit() // the other writer waits for the course now, and must have written nothing
						return errors.Join(err, write(ctx, s, f, tx))
					})
				}, func() error { return write(t.Context(), s, f, bun.Tx{}) })
				if firstErr != nil || secondErr != nil {
					t.Errorf("the writers return %v and %v, want nil", firstErr, secondErr)
				}
			})
		})
	}
}

// The counter of a new course starts where the highest one is, so that a client that keeps one number for
// several courses misses nothing.
func TestNewCourseStartsAtMaximum(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		f := dbtest.NewFixture(t, s)
		f.UpsertResults(t, s, dbtest.Result(f.PublishedAssignment, f.Anna, 1), dbtest.Result(f.PublishedAssignment, f.Bob, 1))
		highest := readVersions(t, s, f).course
		f.OtherCourse = &db.Course{AccountID: f.Account.MomotorID, CanvasID: 1003, Code: "C3", Name: "Three"}
		if _, err := ingest.UpsertCourses(t.Context(), s, []*db.Course{f.OtherCourse}); err != nil {
			t.Fatal(err)
		}
		if got := readVersions(t, s, f).other; got != highest {
			t.Errorf("the version of the new course is %d, want %d", got, highest)
		}
	})
}

// The migration keeps the numbers that clients know: the next sequence id of every course is higher. After
// it was reverted and run again, all versions are new, because nothing raised them in the meantime.
func TestVersionMigration(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		f := dbtest.NewFixture(t, s)
		f.UpsertResults(t, s, dbtest.Result(f.PublishedAssignment, f.Anna, 1))
		before := readVersions(t, s, f)
		execMigration(t, s, "down")
		execMigration(t, s, "up")
		after := readVersions(t, s, f)
		highest := max(before.course, before.other, before.directory)
		if want := (versions{highest + 1, highest + 1, highest + 1}); after != want {
			t.Errorf("the versions are %+v after the migration, want %+v: changes while it was reverted have no version", after, want)
		}
		f.UpsertResults(t, s, dbtest.Result(f.OtherPublishedAssignment, f.Bob, 1))
		results, err := db.CourseResults.Load(t.Context(), s.DB(), query.SystemScope(), []query.Key{{f.OtherCourse.MomotorID}}, query.Params{})
		if err != nil || len(results[0]) != 1 || results[0][0].SequenceID <= highest {
			t.Errorf("the next sequence id is not higher than %d: %v, %v", highest, results, err)
		}
	})
}

// execMigration runs the migration of versions in a direction.
func execMigration(t *testing.T, s *db.Store, direction string) {
	t.Helper()
	var files fs.FS = migrations.SQLite
	if s.IsPostgres() {
		files = migrations.Postgres
	}
	names, err := fs.Glob(files, "*/*_version.tx."+direction+".sql")
	if err != nil || len(names) != 1 {
		t.Fatalf("migrations of versions: %v, %v", names, err)
	}
	sql, err := fs.ReadFile(files, names[0])
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Exec(t, s, strings.TrimSpace(string(sql)))
}

// Ids are unique when several stores reserve them at the same time.
func TestIDsAreUnique(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		stores := []*db.Store{dbtest.Open(t, location), dbtest.Open(t, location)}
		var mu sync.Mutex
		taken := map[int64]bool{}
		var wg sync.WaitGroup
		for i := range 8 {
			s := stores[i%len(stores)]
			wg.Go(func() {
				for n := range 30 {
					err := s.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
						first, err := s.ReserveIDs(ctx, tx, 1+n*7)
						mu.Lock()
						defer mu.Unlock()
						for id := first; id <= first+int64(n*7); id++ {
							if taken[id] || id < 1 {
								t.Errorf("the id %d is reserved twice", id)
							}
							taken[id] = true
						}
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
	})
}

// A caller that waits while another one reserves a block gives up when its context is done.
func TestReserveIDsInTime(t *testing.T) {
	t.Parallel()
	s := dbtest.NewPostgres(t)
	var reserved atomic.Bool
	firstErr, secondErr := dbtest.Overlap(t, s, func(beforeCommit func()) error {
		return s.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewRaw("UPDATE counter SET value = value WHERE name = 'id'").Exec(ctx)
			beforeCommit() // the other caller waits for the counter now
			ended, cancel := context.WithCancel(ctx)
			cancel()
			if _, err := s.ReserveIDs(ended, tx, 1); !errors.Is(err, context.Canceled) || reserved.Load() {
				t.Errorf("ReserveIDs = %v, and has waited for the other caller: %t", err, reserved.Load())
			}
			return err
		})
	}, func() error {
		limited, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := s.ReserveIDs(limited, bun.Tx{}, 1)
		reserved.Store(true)
		return err
	})
	if firstErr != nil || secondErr != nil {
		t.Errorf("the callers return %v and %v, want nil", firstErr, secondErr)
	}
}

// An id that an account brings along is not reserved later.
func TestSkipIDs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		reserve := func() (id int64) {
			err := s.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) (err error) {
				id, err = s.ReserveIDs(ctx, tx, 1)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		for _, distance := range []int64{5, 5000} {
			skipped := reserve() + distance
			if err := s.SkipIDs(t.Context(), skipped); err != nil {
				t.Fatal(err)
			}
			for range 10 {
				if id := reserve(); id == skipped {
					t.Errorf("the id %d is reserved", id)
				}
			}
		}
	})
}
