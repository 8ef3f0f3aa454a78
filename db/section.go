package db

import "github.com/uptrace/bun"

// A Section is a part of a course's students, as Canvas has it.
type Section struct {
	bun.BaseModel `bun:"table:section,alias:z"`
	Kin

	MomotorID int64  `bun:"id,pk"`
	AccountID int64  `bun:"account_id"`
	CourseID  int64  `bun:"course_id"`
	CanvasID  int64  `bun:"canvas_id"`
	Name      string `bun:"name"`
}

// ID is the section's global id.
func (z *Section) ID() string {
	return NodeID{Type: "Section", Key: Key{z.CourseID, z.MomotorID}}.String()
}

// IsNode makes a section a Node of the schema.
func (*Section) IsNode() {}

func (*Section) identity() []string { return []string{"id"} }
func (*Section) order() []string    { return []string{"id"} }
func (*Section) keys() []string     { return []string{"course_id"} }

func (*Section) expr(string, Scope, bool) Clause { return Clause{} }

// The edges to sections.
var (
	CourseSections = Edge[Section]{name: "course.sections", width: 1, on: "z.course_id = k.k0", see: seeSection}
	SectionByID    = Edge[Section]{name: "section", width: 2, on: "z.course_id = k.k0 AND z.id = k.k1", see: seeSection}
)

func seeSection(sc Scope) Clause { return visibleCourses(sc, keyCourse) }
