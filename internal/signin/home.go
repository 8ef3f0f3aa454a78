package signin

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/session"
)

// A home is the content of the home page.
type home struct {
	Person     *session.Session // nil for somebody who is not signed in
	Courses    []courseRow
	Assignment string // name of the assignment that the person came from, or ""
	HasDemo    bool
}

// A courseRow is a course with the roles of the person.
type courseRow struct {
	Name, Code, Roles string
	IsLaunched        bool // the person came from this course
}

// serveHome shows the person with the courses. Somebody who is not signed in reads how to sign in.
func (p *Pages) serveHome(w http.ResponseWriter, r *http.Request) error {
	s, err := p.findSession(r.Context(), r)
	if err != nil {
		return err
	}
	if s == nil {
		return p.conf.Pages.Write(w, r, http.StatusUnauthorized, homeTemplate, home{HasDemo: p.hasDemo()})
	}
	h := home{Person: s, HasDemo: p.hasDemo()}
	if h.Courses, err = p.courses(r.Context(), s); err != nil {
		return err
	}
	if h.Assignment, err = p.assignmentName(r.Context(), s); err != nil {
		return err
	}
	return p.conf.Pages.Write(w, r, http.StatusOK, homeTemplate, h)
}

// courses returns the courses of a person, first the one that the person came from.
func (p *Pages) courses(ctx context.Context, s *session.Session) (rows []courseRow, err error) {
	loaded, err := db.Courses.Load(ctx, p.conf.Store.DB(), query.ScopeOf(s.Principal), []query.Key{{}}, query.Params{})
	if err != nil {
		return nil, err
	}
	for _, c := range loaded[0] {
		row := courseRow{c.Name, c.Code, roleNames(s.Principal, c.MomotorID), c.MomotorID == s.CourseID}
		if row.IsLaunched {
			rows = slices.Insert(rows, 0, row)
		} else {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// assignmentName returns the name of the assignment that a person came from, or "" if there is none that
// the person may see.
func (p *Pages) assignmentName(ctx context.Context, s *session.Session) (string, error) {
	if s.AssignmentID == 0 {
		return "", nil
	}
	loaded, err := db.AssignmentByID.Load(ctx, p.conf.Store.DB(), query.ScopeOf(s.Principal), []query.Key{{s.CourseID, s.AssignmentID}}, query.Params{})
	if err != nil || len(loaded[0]) == 0 {
		return "", err
	}
	return loaded[0][0].Name, nil
}

// roleNames returns the names of the roles of a person in a course, separated by commas.
func roleNames(p *access.Principal, course int64) string {
	var names []string
	for _, role := range roles {
		if p.HasRole(course, db.AccessRoles[role.Role]) {
			names = append(names, role.Name)
		}
	}
	return strings.Join(names, ", ")
}

// roles are the roles with their names for people.
var roles = []struct {
	Role db.Role
	Name string
}{
	{db.RoleTeacher, "teacher"}, {db.RoleTA, "teaching assistant"}, {db.RoleDesigner, "course designer"}, {db.RoleStudent, "student"},
}
