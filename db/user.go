package db

import (
	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// A User is a person in one course.
type User struct {
	bun.BaseModel `bun:"table:user,alias:usr"`
	query.RowMeta

	MomotorID int64 `bun:"id,pk"`
	// PublicID is MomotorID, or the pseudonym in its place.
	PublicID     int64   `bun:"public_id,scanonly"`
	CourseID     int64   `bun:"course_id,scanonly"`
	AccountID    int64   `bun:"account_id"`
	CanvasID     int64   `bun:"canvas_id"`
	Name         string  `bun:"name"`
	SortableName string  `bun:"sortable_name"`
	LoginID      *string `bun:"login_id"`
	// SectionCanvasIDs are the Canvas ids of the person's sections in the course.
	SectionCanvasIDs []int64 `bun:"section_canvas_ids,scanonly"`
	Roles            []Role  `bun:"roles,scanonly"`
	// SectionName is the first name of the person's sections in the course, or "". It sorts people.
	SectionName string `bun:"section_name,scanonly"`
}

// A Role is the role of a person in a course.
type Role string

// The roles of Canvas.
const (
	RoleTeacher  Role = "teacher"
	RoleTA       Role = "ta"
	RoleDesigner Role = "designer"
	RoleStudent  Role = "student"
)

// ID is the global id of the person in the course.
func (u *User) ID() string {
	return NodeID{Type: "User", Key: query.Key{u.CourseID, u.PublicID}}.String()
}

// IsNode makes a person a Node of the schema.
func (*User) IsNode() {}

func (*User) PrimaryKey() []string   { return []string{"id"} }
func (*User) OrderColumns() []string { return []string{"public_id"} }

// ColumnExpr computes the columns that depend on the course, and replaces the person by a pseudonym.
func (*User) ColumnExpr(column string, sc query.Scope, pg bool) query.Clause {
	switch column {
	case "public_id":
		return personID(sc, "usr.id")
	case "canvas_id", "name", "sortable_name", "login_id":
		return personColumn(sc, column)
	case "course_id": // every edge to a person starts from a course
		return query.SQL("parent.k0")
	case "section_canvas_ids":
		return sectionCanvasIDs.Expr("usr.id", pg)
	case "section_name":
		return sectionName(pg)
	case "roles":
		return roles.Expr("usr.id", pg)
	}
	return query.Clause{}
}

// sectionName returns the SQL of the first name of the person's sections, by Unicode code points.
func sectionName(pg bool) query.Clause {
	name := "sec.name"
	if pg {
		name += ` COLLATE "C"`
	}
	return query.SQL(`coalesce((SELECT min(` + name + `) FROM enrollment AS enr JOIN section AS sec ON sec.id = enr.section_id
		WHERE enr.course_id = parent.k0 AND enr.user_id = usr.id), '')`)
}

// ListColumn returns the lists of the person's sections and roles.
func (*User) ListColumn(column string) (query.ListColumn, bool) {
	lists := map[string]*query.MemberList{"section_canvas_ids": sectionCanvasIDs, "roles": roles}
	list, ok := lists[column]
	return query.ListColumn{MemberList: list, MemberColumn: "id"}, ok
}

// The lists of a person in a course: the Canvas ids of the sections, and the roles.
var (
	sectionCanvasIDs = &query.MemberList{
		Name: "sections", From: "enrollment AS enr JOIN section AS sec ON sec.id = enr.section_id",
		Course: "enr.course_id", Member: "enr.user_id", Value: "sec.canvas_id",
	}
	roles = &query.MemberList{Name: "roles", From: "enrollment AS enr", Course: "enr.course_id", Member: "enr.user_id", Value: "enr.role"}
)

// The edges to people. EnrolledUsers and SectionUsers lead to enrolled people. EnrolledUsersAndSubmitters and
// UserByID also lead to people who are not enrolled but have results.
var (
	EnrolledUsers = query.Edge[User]{
		Path: "course.users", KeyWidth: 1, Visible: visibleUsers,
		On: "usr.id IN (SELECT enr.user_id FROM enrollment AS enr WHERE enr.course_id = parent.k0)",
	}
	SectionUsers = query.Edge[User]{
		Path: "section.users", KeyWidth: 2, Visible: visibleUsers,
		On: "usr.id IN (SELECT enr.user_id FROM enrollment AS enr WHERE enr.course_id = parent.k0 AND enr.section_id = parent.k1)",
	}
	EnrolledUsersAndSubmitters = query.Edge[User]{
		Path: "course.user", KeyWidth: 1, Visible: visibleUsers,
		On: "usr.account_id = (SELECT crs.account_id FROM course AS crs WHERE crs.id = parent.k0) AND " + isInCourse,
	}
	// UserByID starts from the course and the public id.
	UserByID         = query.Edge[User]{Path: "user", KeyWidth: 2, On: isInCourse, Visible: visibleKnownUser}
	ResultUser       = query.Edge[User]{Path: "result.user", KeyWidth: 2, On: "usr.id = parent.k1", Visible: visibleUsers, ReadWithParents: true}
	ResultGroupUsers = query.Edge[User]{
		Path: "result.group", KeyWidth: 2, Visible: visibleUsers,
		On: "usr.id IN (SELECT mem.user_id FROM result_member AS mem WHERE mem.course_id = parent.k0 AND mem.result_id = parent.k1)",
	}
)

// isInCourse is the condition that usr is enrolled in the course parent.k0 or has a result there.
const isInCourse = `(EXISTS (SELECT 1 FROM enrollment AS enr WHERE enr.course_id = parent.k0 AND enr.user_id = usr.id)
	OR EXISTS (SELECT 1 FROM result AS res WHERE res.course_id = parent.k0 AND res.user_id = usr.id)
	OR EXISTS (SELECT 1 FROM result_member AS mem WHERE mem.course_id = parent.k0 AND mem.user_id = usr.id))`

// A UserFilter selects people of a course. Nil conditions select all.
type UserFilter struct {
	Role             *Role
	SectionCanvasID  *int64
	SectionCanvasIDs []int64
	Search           *string
}

// Clauses returns the conditions of the filter; a nil filter has none.
func (f *UserFilter) Clauses(sc query.Scope) []query.Clause {
	if f == nil {
		return nil
	}
	var cs query.Conditions
	if f.Role != nil {
		cs.Add(query.SQL("EXISTS (SELECT 1 FROM enrollment AS enr WHERE enr.course_id = parent.k0 AND enr.user_id = usr.id AND enr.role = ?)", *f.Role))
	}
	for _, section := range sectionIn(f.SectionCanvasID, f.SectionCanvasIDs) {
		cs.Add(isInSection("usr.id", section))
	}
	if f.Search != nil {
		cs.Add(nameContains(sc, *f.Search))
	}
	return cs
}

// visibleKnownUser selects the person with the public id parent.k1.
func visibleKnownUser(sc query.Scope) query.Clause {
	return query.And(isPerson(sc, "usr.id", query.SQL("parent.k1")), visibleUsers(sc))
}

// UserWithCanvasID returns the condition that selects the person with a Canvas id, or with the pseudonym in
// its place.
func UserWithCanvasID(sc query.Scope, canvasID int64) []query.Clause {
	if sc.Pseudonyms.Exist() {
		return []query.Clause{isPerson(sc, "usr.id", query.SQL("?", canvasID))}
	}
	return []query.Clause{query.SQL("usr.canvas_id = ?", canvasID)}
}

// isInSection is the condition that a person is in a section of the course parent.k0 that meets a
// condition on section AS sec. The parameter user is the SQL of the id of the person. A list of all
// people of the section would be slow: SQLite builds a list that depends on the parent again for every
// row.
func isInSection(user string, section query.Clause) query.Clause {
	return query.SQL(`EXISTS (SELECT 1 FROM enrollment AS enr JOIN section AS sec ON sec.id = enr.section_id
		WHERE enr.course_id = parent.k0 AND enr.user_id = `+user+` AND ?)`, section)
}

// sectionIn returns the condition for the sections that a filter names by one Canvas id or by several.
func sectionIn(canvasID *int64, canvasIDs []int64) (cs query.Conditions) {
	query.Compare(&cs, "sec.canvas_id", "=", canvasID)
	if canvasIDs != nil {
		cs.Add(query.AnyOfIDs("sec.canvas_id", canvasIDs))
	}
	return cs
}

// nameContains is the condition that a name or the login name of "user" AS usr contains a text. Callers
// who do not see the names find nobody.
func nameContains(sc query.Scope, text string) query.Clause {
	if sc.Pseudonyms.Exist() || sc.FiguresOnly() {
		return query.Never
	}
	return query.Contains("(usr.name || '\n' || usr.sortable_name || '\n' || coalesce(usr.login_id, ''))", text)
}
