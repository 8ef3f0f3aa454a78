package importer

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
)

type enrollmentKey struct {
	course, user, section int64
	role                  db.Role
}

func enrollments() *kind[db.Enrollment, enrollmentKey] {
	return &kind[db.Enrollment, enrollmentKey]{
		typ: typeEnrollment, batch: 500, read: (*reading).enrollment,
		key: func(e *db.Enrollment) enrollmentKey {
			k := enrollmentKey{course: e.CourseID, user: e.UserID, role: e.Role}
			if e.SectionID != nil {
				k.section = *e.SectionID
			}
			return k
		},
		put: (*run).putEnrollments,
	}
}

func (r *run) putEnrollments(ctx context.Context, rows []*db.Enrollment) ([]ingest.Change, error) {
	return ingest.InsertEnrollments(ctx, r.Store, rows)
}

func (rd *reading) enrollment(ctx context.Context, o *object) (e db.Enrollment, err error) {
	c := readCourseRef(o)
	user := required(o, "user", canvasID)
	e.Role = required(o, "role", oneOf(db.RoleTeacher, db.RoleTA, db.RoleDesigner, db.RoleStudent))
	section := optional(o, "section", canvasID)
	if err := o.err(rd.Lenient); err != nil {
		return e, err
	}
	course, account, err := rd.names.course(ctx, c)
	if err != nil {
		return e, err
	}
	e.CourseID = course
	if e.UserID, err = rd.names.user(ctx, account, user, c); err != nil || section == nil {
		return e, err
	}
	id, err := rd.names.section(ctx, course, *section, c)
	e.SectionID = &id
	return e, err
}
