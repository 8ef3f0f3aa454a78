package db

import (
	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// A User is a person, as seen in one course.
type User struct {
	bun.BaseModel `bun:"table:user,alias:u"`
	query.RowMeta

	MomotorID    int64   `bun:"id,pk"`
	CourseID     int64   `bun:"course_id,scanonly"`
	AccountID    int64   `bun:"account_id"`
	CanvasID     int64   `bun:"canvas_id"`
	Name         string  `bun:"name"`
	SortableName string  `bun:"sortable_name"`
	LoginID      *string `bun:"login_id"`
	// SectionCanvasIDs are the Canvas ids of the sections of the course that the person is in.
	SectionCanvasIDs []int64 `bun:"section_canvas_ids,scanonly"`
	Roles            []Role  `bun:"roles,scanonly"`
}

// A Role is what a person is in a course.
type Role string

// The roles of a course, as Canvas has them.
const (
	RoleTeacher  Role = "teacher"
	RoleTA       Role = "ta"
	RoleDesigner Role = "designer"
	RoleStudent  Role = "student"
)

// ID is the global id of the person in the course.
func (u *User) ID() string {
	return NodeID{Type: "User", Key: query.Key{u.CourseID, u.MomotorID}}.String()
}

// IsNode makes a person a Node of the schema.
func (*User) IsNode() {}

func (*User) PrimaryKey() []string   { return []string{"id"} }
func (*User) OrderColumns() []string { return []string{"id"} }
func (*User) KeyColumns() []string   { return []string{"course_id"} }

func (*User) ColumnExpr(column string, _ query.Scope, pg bool) query.Clause {
	switch column {
	case "course_id": // every edge to a person starts from a course
		return query.SQL("k.k0")
	case "section_canvas_ids":
		return sectionCanvasIDs("k.k0", "u.id", pg)
	case "roles":
		return jsonArray(pg, "e.role", "enrollment AS e WHERE e.course_id = k.k0 AND e.user_id = u.id")
	}
	return query.Clause{}
}

// sectionCanvasIDs spells the Canvas ids of a person's sections as a JSON array.
func sectionCanvasIDs(course, user string, pg bool) query.Clause {
	return jsonArray(pg, "z.canvas_id", `enrollment AS e JOIN section AS z ON z.id = e.section_id
		WHERE e.course_id = `+course+` AND e.user_id = `+user)
}

// jsonArray spells the distinct values of an expression in ascending order as JSON text.
func jsonArray(pg bool, expr, from string) query.Clause {
	values := "SELECT DISTINCT " + expr + " AS v FROM " + from + " ORDER BY 1"
	if pg {
		return query.SQL("to_json(ARRAY(" + values + "))")
	}
	return query.SQL("(SELECT json_group_array(q.v) FROM (" + values + ") AS q)")
}

// The edges to people. CourseUsers are those enrolled; CoursePeople and UserByID also
// find those who only have results; the others start from results that the caller sees.
var (
	CourseUsers = query.Edge[User]{
		Path: "course.users", KeyWidth: 1, Visible: visibleUsers,
		On: "u.id IN (SELECT e.user_id FROM enrollment AS e WHERE e.course_id = k.k0)",
	}
	CoursePeople = query.Edge[User]{
		Path: "course.user", KeyWidth: 1, Visible: visibleUsers,
		On: "u.account_id = (SELECT c.account_id FROM course AS c WHERE c.id = k.k0) AND " + isInCourse,
	}
	UserByID    = query.Edge[User]{Path: "user", KeyWidth: 2, On: "u.id = k.k1 AND " + isInCourse, Visible: visibleUsers}
	ResultUser  = query.Edge[User]{Path: "result.user", KeyWidth: 2, On: "u.id = k.k1", Visible: visibleUsers}
	ResultGroup = query.Edge[User]{
		Path: "result.group", KeyWidth: 2, Visible: visibleUsers,
		On: "u.id IN (SELECT m.user_id FROM result_member AS m WHERE m.course_id = k.k0 AND m.result_id = k.k1)",
	}
)

const isInCourse = `(EXISTS (SELECT 1 FROM enrollment AS e WHERE e.course_id = k.k0 AND e.user_id = u.id)
	OR EXISTS (SELECT 1 FROM result AS r WHERE r.course_id = k.k0 AND r.user_id = u.id)
	OR EXISTS (SELECT 1 FROM result_member AS m WHERE m.course_id = k.k0 AND m.user_id = u.id))`

// A UserFilter narrows people of a course; a nil condition does not.
type UserFilter struct {
	Role            *Role
	SectionCanvasID *int64
}

// Clauses returns the conditions of the filter; a nil filter has none.
func (f *UserFilter) Clauses() []query.Clause {
	if f == nil {
		return nil
	}
	var cs query.Conditions
	if f.Role != nil {
		cs.Add(query.SQL("u.id IN (SELECT e.user_id FROM enrollment AS e WHERE e.course_id = k.k0 AND e.role = ?)", *f.Role))
	}
	if f.SectionCanvasID != nil {
		cs.Add(query.SQL("u.id IN (?)", sectionUserIDs(*f.SectionCanvasID)))
	}
	return cs
}

// ByUser narrows people to the one with a Canvas id.
func ByUser(canvasID int64) []query.Clause {
	return []query.Clause{query.SQL("u.canvas_id = ?", canvasID)}
}

// sectionUserIDs reads the ids of the people in a section of the course k.k0.
func sectionUserIDs(canvasID int64) query.Clause {
	return query.SQL(`SELECT e.user_id FROM section AS z JOIN enrollment AS e ON e.section_id = z.id
		WHERE z.course_id = k.k0 AND z.canvas_id = ?`, canvasID)
}
