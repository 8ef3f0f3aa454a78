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

func enrollmentType() *itemType[db.Enrollment, enrollmentKey] {
	return &itemType[db.Enrollment, enrollmentKey]{
		name: typeEnrollment, batchSize: 500, read: (*batchReader).readEnrollment,
		key: func(e *db.Enrollment) enrollmentKey {
			k := enrollmentKey{course: e.CourseID, user: e.UserID, role: e.Role}
			if e.SectionID != nil {
				k.section = *e.SectionID
			}
			return k
		},
		write: (*run).writeEnrollments,
	}
}

func (r *run) writeEnrollments(ctx context.Context, rows []*db.Enrollment) ([]ingest.Change, error) {
	return ingest.InsertEnrollments(ctx, r.Store, rows)
}

func (rd *batchReader) readEnrollment(ctx context.Context, o *object) (e db.Enrollment, err error) {
	c := readCourseRef(o)
	user := required(o, "user", parseCanvasID)
	e.Role = required(o, "role", parseEnum(db.RoleTeacher, db.RoleTA, db.RoleDesigner, db.RoleStudent))
	section := optional(o, "section", parseCanvasID)
	if err := o.validate(rd.Lenient); err != nil {
		return e, err
	}
	course, account, err := rd.ids.course(ctx, c)
	if err != nil {
		return e, err
	}
	e.CourseID = course
	if e.UserID, err = rd.ids.user(ctx, account, user, c); err != nil || section == nil {
		return e, err
	}
	id, err := rd.ids.section(ctx, course, *section, c)
	e.SectionID = &id
	return e, err
}
