package db

import (
	"encoding/json"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// Preferences are what a reviewer keeps for a course: a JSON object whose members have a meaning only to
// clients.
type Preferences struct {
	bun.BaseModel `bun:"table:preference,alias:prf"`
	query.RowMeta

	CourseID int64           `bun:"course_id,pk"`
	UserID   int64           `bun:"user_id,pk"`
	Value    json.RawMessage `bun:"data"`
}

// MaxPreferencesBytes is the maximum size of preferences as JSON without spaces, in bytes.
const MaxPreferencesBytes = 64 << 10

func (*Preferences) PrimaryKey() []string   { return []string{"course_id", "user_id"} }
func (*Preferences) OrderColumns() []string { return []string{"course_id", "user_id"} }

// ColumnExpr returns no expression: all columns are those of the table.
func (*Preferences) ColumnExpr(string, query.Scope, bool) query.Clause { return query.Clause{} }

// CoursePreferences leads from a course to the preferences of the caller.
var CoursePreferences = query.Edge[Preferences]{
	Path: "course.preferences", KeyWidth: 1, On: "prf.course_id = parent.k0", Visible: visiblePreferences,
}
