package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
)

// AccessRoles maps each role to the role of package access.
var AccessRoles = map[Role]access.Roles{
	RoleTeacher: access.Teacher, RoleTA: access.TA, RoleDesigner: access.Designer, RoleStudent: access.Student,
}

// RolesOf returns the roles of a caller in a course, in alphabetical order. It is never nil.
func RolesOf(p *access.Principal, course int64) []Role {
	roles := []Role{}
	for _, role := range []Role{RoleDesigner, RoleStudent, RoleTA, RoleTeacher} {
		if p.HasRole(course, AccessRoles[role]) {
			roles = append(roles, role)
		}
	}
	return roles
}

// Grants returns the roles of the person of a session, with one grant for each course.
func (r *SessionRecord) Grants() (grants []access.Grant) {
	for _, role := range r.Roles { // by course
		if n := len(grants); n == 0 || grants[n-1].CourseID != role.CourseID {
			grants = append(grants, access.Grant{CourseID: role.CourseID})
		}
		grants[len(grants)-1].Roles |= AccessRoles[role.Role]
	}
	return grants
}

// PersonWithRole returns an enrollment of a person who has a role, and if possible no other role, in one of
// some courses. It fails with fault.NotFound if there is none.
func (s *Store) PersonWithRole(ctx context.Context, courses []int64, role Role) (*Enrollment, error) {
	e := &Enrollment{}
	err := s.db.NewSelect().Model(e).Where("enr.course_id IN (?) AND enr.role = ?", bun.List(courses), role).
		OrderExpr("(SELECT count(DISTINCT other.role) FROM enrollment AS other WHERE other.user_id = enr.user_id)").
		OrderExpr("enr.course_id, enr.user_id").Limit(1).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("find a person with the role %s: %w", role, query.WrapError(err))
	}
	return e, nil
}
