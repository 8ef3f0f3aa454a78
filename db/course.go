package db

import "github.com/uptrace/bun"

// A Course is a Canvas course that Momotor knows.
type Course struct {
	bun.BaseModel `bun:"table:course,alias:c"`
	Kin

	MomotorID int64  `bun:"id,pk"`
	AccountID int64  `bun:"account_id"`
	CanvasID  int64  `bun:"canvas_id"`
	Code      string `bun:"code"`
	Name      string `bun:"name"`
	Active    bool   `bun:"active"`
	Valid     bool   `bun:"valid"`
	Readonly  bool   `bun:"readonly"`
}

// ID is the course's global id.
func (c *Course) ID() string { return NodeID{Type: "Course", Key: Key{c.MomotorID}}.String() }

// IsNode makes a course a Node of the schema.
func (*Course) IsNode() {}

func (*Course) identity() []string { return []string{"id"} }
func (*Course) order() []string    { return []string{"id"} }
func (*Course) keys() []string     { return []string{"account_id"} }

func (*Course) expr(string, Scope, bool) Clause { return Clause{} }

// Courses are all that the caller may see; the others lead to them from an account and
// from what is in a course.
var (
	Courses        = Edge[Course]{name: "courses", see: seeCourse}
	AccountCourses = Edge[Course]{name: "account.courses", width: 1, on: "c.account_id = k.k0", see: seeCourse}
	CourseByID     = Edge[Course]{name: "course", width: 1, on: "c.id = k.k0", see: seeCourse}
)

func seeCourse(sc Scope) Clause { return visibleCourses(sc, "c.id") }

// A CourseFilter narrows courses; a nil condition does not.
type CourseFilter struct {
	Active, Valid, Readonly *bool
}

// Clauses returns the conditions of the filter; a nil filter has none.
func (f *CourseFilter) Clauses() []Clause {
	if f == nil {
		return nil
	}
	var cs conditions
	cs.is("c.active", f.Active)
	cs.is("c.valid", f.Valid)
	cs.is("c.readonly", f.Readonly)
	return cs
}

// CourseIs narrows courses of an account to the one with a Canvas id.
func CourseIs(canvasID int64) []Clause { return []Clause{clause("c.canvas_id = ?", canvasID)} }
