package db

import (
	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// A Section is a section of a Canvas course.
type Section struct {
	bun.BaseModel `bun:"table:section,alias:sec"`
	query.RowMeta

	MomotorID int64  `bun:"id,pk"`
	AccountID int64  `bun:"account_id"`
	CourseID  int64  `bun:"course_id"`
	CanvasID  int64  `bun:"canvas_id"`
	Name      string `bun:"name"`
}

// ID is the section's global id.
func (s *Section) ID() string {
	return NodeID{Type: "Section", Key: query.Key{s.CourseID, s.MomotorID}}.String()
}

// IsNode makes a section a Node of the schema.
func (*Section) IsNode() {}

func (*Section) PrimaryKey() []string   { return []string{"id"} }
func (*Section) OrderColumns() []string { return []string{"id"} }

func (*Section) ColumnExpr(string, query.Scope, bool) query.Clause { return query.Clause{} }

// The edges to sections. See also UploadSection.
var (
	CourseSections = query.Edge[Section]{Path: "course.sections", KeyWidth: 1, On: "sec.course_id = parent.k0", Visible: visibleSection}
	SectionByID    = query.Edge[Section]{Path: "section", KeyWidth: 2, On: "sec.course_id = parent.k0 AND sec.id = parent.k1", Visible: visibleSection}
)

func visibleSection(sc query.Scope) query.Clause { return visibleCourses(sc, parentCourse) }
