package db_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/access"
)

// publicResultColumns are the columns of a result that learners read unmasked.
var publicResultColumns = []string{
	"course_id", "id", "assignment_id", "user_id", "attempt", "is_latest", "is_late", "sequence_id", "revision", "state", "secret",
	"progress", "submitted_at", "queued_at", "started_at", "processed_at", "preview_url", "section_canvas_ids", "assignment_canvas_id",
}

// Every column of a result is either masked for learners or listed as public.
func TestEveryColumnIsMaskedOrPublic(t *testing.T) {
	t.Parallel()
	reviewer := scope(1, access.Grant{CourseID: 1, Roles: access.TA})
	learner := scope(1, access.Grant{CourseID: 1, Roles: access.Student})
	for _, f := range reflect.VisibleFields(reflect.TypeFor[db.Result]()) {
		column, _, _ := strings.Cut(f.Tag.Get("bun"), ",")
		if column == "" || len(f.Index) > 1 || strings.HasPrefix(column, "table:") {
			continue
		}
		result := new(db.Result)
		masked := !reflect.DeepEqual(result.ColumnExpr(column, reviewer, false), result.ColumnExpr(column, learner, false))
		if public := slices.Contains(publicResultColumns, column); masked == public {
			t.Errorf("column %s of a result is masked: %t, listed as public: %t: mask it in ColumnExpr or add it to publicResultColumns", column, masked, public)
		}
	}
}
