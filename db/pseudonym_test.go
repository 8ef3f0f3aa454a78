package db_test

import (
	"log/slog"
	"reflect"
	"slices"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/pseudonym"
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
	caller.Pseudonyms = &pseudonym.Key{}
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

// After the migration is reverted, no key sees more than before.
func TestRevertedKindsAreRevoked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		for prefix, key := range map[string]db.APIKey{
			"open": {}, "figures": {MinGroup: new(5)}, "pseudo": {PseudonymSecret: new("sealed")},
		} {
			key.Prefix, key.HashedKey = prefix, "hash"
			if err := s.CreateAPIKey(t.Context(), &db.APIKeyItem{Key: key}); err != nil {
				t.Fatal(err)
			}
		}
		dbtest.Exec(t, s, "UPDATE migration SET group_id = CASE WHEN name >= '20261129000030' THEN 2 ELSE 1 END")
		m, err := s.Migrator(slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Down(t.Context()); err != nil {
			t.Fatal(err)
		}
		var valid []string
		if err := s.DB().NewRaw("SELECT prefix FROM api_key WHERE NOT revoked").Scan(t.Context(), &valid); err != nil || !slices.Equal(valid, []string{"open"}) {
			t.Errorf("the valid keys are %q, %v, want only the open one", valid, err)
		}
	})
}
