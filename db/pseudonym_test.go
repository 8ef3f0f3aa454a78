package db_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
)

// impersonalColumns are the columns that callers with pseudonyms see as they are stored, by row type. They
// name nobody, or are read only to find other rows.
var impersonalColumns = map[reflect.Type][]string{
	reflect.TypeFor[db.User](): {"id", "account_id", "course_id", "section_canvas_ids", "roles", "section_name"},
	reflect.TypeFor[db.Result](): {
		"course_id", "id", "assignment_id", "user_id", "attempt", "is_latest", "is_late", "sequence_id", "revision", "state", "accepted", "has_error",
		"secret", "score", "score_reviewer", "progress", "submitted_at", "queued_at", "started_at", "processed_at", "section_canvas_ids", "assignment_canvas_id",
		"seconds_late", "wait_seconds", "duration_seconds", "max_score", "score_percent", "score_percent_basis", "state_rank",
	},
	reflect.TypeFor[db.Step](): {
		"course_id", "result_id", "position", "task", "task_id", "step_id", "accepted", "has_error", "secret", "hidden", "outcome", "score", "max_score",
	},
	reflect.TypeFor[db.ScoreUpload](): {
		"course_id", "id", "assignment_id", "section_id", "passed", "failed", "replace_existing", "state", "canvas_progress", "created_at", "started_at", "ended_at",
	},
	reflect.TypeFor[db.ScoreOutcome](): {"course_id", "upload_id", "user_id", "state", "grade"},
	reflect.TypeFor[db.Job](): {
		"id", "course_id", "kind", "state", "progress", "attempt", "max_attempts", "created_at", "attempted_at", "scheduled_at", "ended_at",
		"result_id", "assignment_id", "upload_id",
	},
}

// Every column of a row about people is replaced for callers with pseudonyms, or listed as impersonal.
func TestEveryColumnIsImpersonalOrReplaced(t *testing.T) {
	t.Parallel()
	caller := &access.Principal{Kind: access.APIKey, Grants: []access.Grant{{CourseID: 1, Roles: access.Teacher}}}
	open := query.ScopeOf(caller)
	caller.Pseudonymous = true
	pseudonymous := query.ScopeOf(caller)
	for row, impersonal := range impersonalColumns {
		record := reflect.New(row).Interface().(query.Record)
		for column := range columnsOf(row) {
			replaced := !reflect.DeepEqual(record.ColumnExpr(column, open, false), record.ColumnExpr(column, pseudonymous, false))
			if replaced == slices.Contains(impersonal, column) {
				t.Errorf("column %s of %s is replaced: %t, and is in impersonalColumns: %t: hide it in ColumnExpr if it can name a person, or add it to impersonalColumns",
					column, row.Name(), replaced, replaced)
			}
		}
		for _, column := range record.OrderColumns() {
			if column == "user_id" || row == reflect.TypeFor[db.User]() && column == "id" {
				t.Errorf("the cursors of %s have the column %s, which identifies a person", row.Name(), column)
			}
		}
	}
}

// newKey returns a key that is not stored.
func newKey(prefix string, pseudonymous bool) *db.APIKeyItem {
	return &db.APIKeyItem{Key: db.APIKey{Prefix: prefix, HashedKey: "hash", Pseudonymous: pseudonymous}}
}

// addKey stores a key.
func addKey(t *testing.T, s *db.Store, item *db.APIKeyItem) {
	t.Helper()
	if err := s.CreateAPIKey(t.Context(), item); err != nil {
		t.Fatal(err)
	}
}

// pseudonyms returns the pseudonym of each person by key and person.
func pseudonyms(t *testing.T, s *db.Store) map[[2]int64]int64 {
	t.Helper()
	var rows []struct{ APIKeyID, UserID, Number int64 }
	if err := s.DB().NewRaw("SELECT api_key_id, user_id, number FROM pseudonym").Scan(t.Context(), &rows); err != nil {
		t.Fatal(err)
	}
	numbers := map[[2]int64]int64{}
	for _, r := range rows {
		numbers[[2]int64{r.APIKeyID, r.UserID}] = r.Number
	}
	return numbers
}

// Each person has a pseudonym for each pseudonymous key: an unrelated number below 2^53, whether the person or
// the key is added first. It stays the same as long as both exist, and goes with each of them.
func TestPseudonymsAreStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		first, second := newKey("first", true), newKey("second", true)
		addKey(t, s, first)
		addKey(t, s, newKey("open", false))
		fx := dbtest.NewFixture(t, s)
		addKey(t, s, second)
		before := pseudonyms(t, s)
		distinct := map[int64]bool{}
		for _, number := range before {
			distinct[number] = true
			if number < 0 || number >= 1<<53 {
				t.Errorf("the pseudonym %d is not below 2^53", number)
			}
		}
		if len(before) != 8 || len(distinct) != 8 {
			t.Errorf("the pseudonyms are %v, want different ones of four people for two keys", before)
		}
		fx.Anna.Name = "Anne"
		if _, err := ingest.UpsertUsers(t.Context(), s, []*db.User{fx.Anna, {AccountID: fx.Account.MomotorID, CanvasID: 5, Name: "Eve"}}); err != nil {
			t.Fatal(err)
		}
		after := pseudonyms(t, s)
		for of, number := range before {
			if after[of] != number {
				t.Errorf("the pseudonym of %v is %d, want still %d", of, after[of], number)
			}
		}
		if len(after) != 10 {
			t.Errorf("there are %d pseudonyms with another person, want 10", len(after))
		}
		dbtest.Exec(t, s, fmt.Sprintf("DELETE FROM api_key WHERE id = %d", first.Key.MomotorID))
		dbtest.Exec(t, s, `DELETE FROM "user" WHERE canvas_id = 5`)
		if left := pseudonyms(t, s); len(left) != 4 {
			t.Errorf("the pseudonyms without a key and a person are %v, want four", left)
		}
	})
}

// A person who is added while a key is created has a pseudonym, whichever transaction ends first.
func TestPseudonymsOfConcurrentPeople(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		create := func(prefix string) error { return s.CreateAPIKey(t.Context(), newKey(prefix, true)) }
		addPerson := func(canvasID int64) error {
			_, err := ingest.UpsertUsers(t.Context(), s, []*db.User{{AccountID: fx.Account.MomotorID, CanvasID: canvasID, Name: "x"}})
			return err
		}
		inTx := func(statement string) func(func()) error {
			return func(beforeCommit func()) error {
				return s.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					if _, err := tx.NewRaw(statement, fx.Account.MomotorID).Exec(ctx); err != nil {
						return err
					}
					beforeCommit()
					return nil
				})
			}
		}
		keyFirst := inTx("INSERT INTO api_key (id, prefix, hashed_key, name, created_at, revoked, read_only, pseudonymous) VALUES (1, 'one', 'h', 'n', '2026-01-01 00:00:00+00:00', FALSE, TRUE, TRUE)")
		personFirst := inTx(`INSERT INTO "user" (id, account_id, canvas_id, name, sortable_name) VALUES (2, ?, 102, 'y', 'y')`)
		for _, run := range []func() (error, error){
			func() (error, error) { return dbtest.Overlap(t, s, keyFirst, func() error { return addPerson(101) }) },
			func() (error, error) { return dbtest.Overlap(t, s, personFirst, func() error { return create("two") }) },
		} {
			if first, second := run(); first != nil || second != nil {
				t.Fatalf("the transactions return %v and %v", first, second)
			}
		}
		if n := len(pseudonyms(t, s)); n != 2*6 {
			t.Errorf("there are %d pseudonyms, want those of six people for two keys", n)
		}
	})
}

// An import of keys and one of people that overlap do not wait for each other forever.
func TestPseudonymsDoNotDeadlock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		addKey(t, s, newKey("old", true))
		addPerson := func(beforeCommit func()) error {
			return s.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				if _, err := tx.NewRaw(`UPDATE "user" SET name = 'z'`).Exec(ctx); err != nil { // locks the table
					return err
				}
				beforeCommit()
				_, err := tx.NewRaw(`INSERT INTO "user" (id, account_id, canvas_id, name, sortable_name) VALUES (2, ?, 102, 'y', 'y')`, fx.Account.MomotorID).Exec(ctx)
				return err
			})
		}
		importKeys := func() error {
			_, err := ingest.UpsertAPIKeys(t.Context(), s, []*db.APIKeyItem{newKey("old", true), newKey("new", true)})
			return err
		}
		if first, second := dbtest.Overlap(t, s, addPerson, importKeys); first != nil || second != nil {
			t.Fatalf("the transactions return %v and %v", first, second)
		}
		if n := len(pseudonyms(t, s)); n != 2*5 {
			t.Errorf("there are %d pseudonyms, want those of five people for two keys", n)
		}
	})
}

// The migration gives pseudonyms to the keys of releases that computed them from a secret.
func TestPseudonymsOfEarlierKeys(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		dbtest.NewFixture(t, s)
		addKey(t, s, newKey("old", false))
		addKey(t, s, newKey("open", false))
		m := revertSince(t, s, "20261129000150")
		dbtest.Exec(t, s, "UPDATE api_key SET pseudonym_secret = 'sealed' WHERE prefix = 'old'")
		if _, err := m.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		if k, err := s.KeyByPrefix(t.Context(), "old"); err != nil || !k.Pseudonymous || len(pseudonyms(t, s)) != 4 {
			t.Errorf("the key is %+v, %v, with the pseudonyms %v, want those of four people", k, err, pseudonyms(t, s))
		}
	})
}

// After the migration is reverted, no key sees more than before.
func TestRevertedKindsAreRevoked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		for prefix, key := range map[string]db.APIKey{
			"open": {}, "figures": {MinGroup: new(5)}, "pseudo": {Pseudonymous: true},
		} {
			key.Prefix, key.HashedKey = prefix, "hash"
			if err := s.CreateAPIKey(t.Context(), &db.APIKeyItem{Key: key}); err != nil {
				t.Fatal(err)
			}
		}
		revertSince(t, s, "20261129000030")
		var valid []string
		if err := s.DB().NewRaw("SELECT prefix FROM api_key WHERE NOT revoked").Scan(t.Context(), &valid); err != nil || !slices.Equal(valid, []string{"open"}) {
			t.Errorf("the valid keys are %q, %v, want only the open one", valid, err)
		}
	})
}
