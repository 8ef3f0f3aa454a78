package db

import (
	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// A Course is a course of Canvas that uses Momotor.
type Course struct {
	bun.BaseModel `bun:"table:course,alias:crs"`
	query.RowMeta

	MomotorID int64  `bun:"id,pk"`
	AccountID int64  `bun:"account_id"`
	CanvasID  int64  `bun:"canvas_id"`
	Code      string `bun:"code"`
	Name      string `bun:"name"`
	Active    bool   `bun:"active"`
	Valid     bool   `bun:"valid"` // false once Canvas no longer has the course
	ReadOnly  bool   `bun:"readonly"`
}

// ID is the course's global id.
func (c *Course) ID() string { return NodeID{Type: "Course", Key: query.Key{c.MomotorID}}.String() }

// IsNode makes a course a Node of the schema.
func (*Course) IsNode() {}

func (*Course) PrimaryKey() []string   { return []string{"id"} }
func (*Course) OrderColumns() []string { return []string{"id"} }

// ColumnExpr computes the versions of the course and of the directory.
func (*Course) ColumnExpr(column string, _ query.Scope, _ bool) query.Clause {
	return versionColumn(column, "crs.id")
}

// The edges to courses. Courses leads to all courses that the caller may see.
var (
	Courses        = query.Edge[Course]{Path: "courses", Visible: visibleCourse}
	AccountCourses = query.Edge[Course]{Path: "account.courses", KeyWidth: 1, On: "crs.account_id = parent.k0", Visible: visibleCourse}
	CourseByID     = query.Edge[Course]{Path: "course", KeyWidth: 1, On: "crs.id = parent.k0", Visible: visibleCourse}
)

func visibleCourse(sc query.Scope) query.Clause { return visibleCourses(sc, "crs.id") }

// A CourseFilter selects courses. Nil conditions select all.
type CourseFilter struct {
	Active, Valid, ReadOnly *bool
}

// Clauses returns the conditions of the filter; a nil filter has none.
func (f *CourseFilter) Clauses() []query.Clause {
	if f == nil {
		return nil
	}
	var cs query.Conditions
	cs.Is("crs.active", f.Active)
	cs.Is("crs.valid", f.Valid)
	cs.Is("crs.readonly", f.ReadOnly)
	return cs
}

// CourseWithCanvasID returns the condition that selects the course with a Canvas id.
func CourseWithCanvasID(canvasID int64) []query.Clause {
	return []query.Clause{query.SQL("crs.canvas_id = ?", canvasID)}
}
