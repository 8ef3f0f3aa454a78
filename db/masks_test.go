package db_test

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
)

// publicColumns are the columns that are not masked for learners, by row type. Other
// types need no masks, because learners see none of their rows or only their own rows.
var publicColumns = map[reflect.Type][]string{
	reflect.TypeFor[db.Result](): {
		"course_id", "id", "assignment_id", "user_id", "attempt", "is_latest", "is_late", "sequence_id", "revision", "state", "secret",
		"progress", "submitted_at", "queued_at", "started_at", "processed_at", "preview_url", "section_canvas_ids", "assignment_canvas_id",
		"seconds_late", "wait_seconds", "duration_seconds", "user_sortable_name", "state_rank",
	},
	reflect.TypeFor[db.Step](): {
		"course_id", "result_id", "position", "task", "task_id", "step_id", "accepted", "has_error", "secret", "hidden", "outcome",
		"score", "max_score", "label", "summary", "details",
	},
}

var (
	reviewerScope = scope(1, access.Grant{CourseID: 1, Roles: access.TA})
	learnerScope  = scope(1, access.Grant{CourseID: 1, Roles: access.Student})
)

// isMasked reports whether a column has different expressions for learners and reviewers.
func isMasked(row query.Record, column string) bool {
	return !reflect.DeepEqual(row.ColumnExpr(column, reviewerScope, false), row.ColumnExpr(column, learnerScope, false))
}

// Every column of a result and of a step is either masked for learners or listed as public.
func TestEveryColumnIsMaskedOrPublic(t *testing.T) {
	t.Parallel()
	for row, public := range publicColumns {
		record := reflect.New(row).Interface().(query.Record)
		for column := range columnsOf(row) {
			if masked := isMasked(record, column); masked == slices.Contains(public, column) {
				t.Errorf("column %s of %s is masked: %t, and is in publicColumns: %t: mask it in ColumnExpr or add it to publicColumns", column, row.Name(), masked, masked)
			}
		}
	}
}

// An order by a masked column sorts by the masked values.
func TestOrderUsesMaskedValues(t *testing.T) {
	t.Parallel()
	s := dbtest.NewSQLite(t)
	order := func(sc query.Scope, column string) string {
		text := db.CourseResults.Select(s.DB(), sc, []query.Key{{1}}, query.Params{Columns: []string{}, Order: query.Order{Column: column}}).String()
		return text[strings.LastIndex(text, "ORDER BY"):]
	}
	for column := range columnsOf(reflect.TypeFor[db.Result]()) {
		if isMasked(&db.Result{}, column) && order(reviewerScope, column) == order(learnerScope, column) {
			t.Errorf("an order by column %s reveals its values to learners", column)
		}
	}
}

// Every field of ResultFilter adds a condition, and a condition on a masked column compares the
// masked values.
func TestFilterUsesMaskedValues(t *testing.T) {
	t.Parallel()
	for _, field := range reflect.VisibleFields(reflect.TypeFor[db.ResultFilter]()) {
		filter := &db.ResultFilter{}
		target := reflect.ValueOf(filter).Elem().FieldByIndex(field.Index)
		if target.Kind() == reflect.Slice {
			target.Set(reflect.MakeSlice(target.Type(), 1, 1))
		} else {
			target.Set(reflect.New(target.Type().Elem()))
		}
		reviewer, learner := filter.Clauses(reviewerScope), filter.Clauses(learnerScope)
		if len(reviewer) == 0 && field.Name != "TimeZone" { // of the dates
			t.Errorf("field %s of ResultFilter adds no condition: add it to Clauses", field.Name)
		}
		for column := range columnsOf(reflect.TypeFor[db.Result]()) {
			mentioned := regexp.MustCompile(`\bres\.` + column + `\b`).MatchString(fmt.Sprint(reviewer))
			if mentioned && isMasked(&db.Result{}, column) && reflect.DeepEqual(reviewer, learner) {
				t.Errorf("field %s of ResultFilter reveals the masked column %s to learners: compare ColumnExpr", field.Name, column)
			}
		}
	}
}
