package importer

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
)

// maxMomotorID leaves the ids that the store gives itself room to grow.
const maxMomotorID = 1<<53 - 1

// canvasKey tells apart what has a Canvas id: in an account or in a course.
type canvasKey struct{ parent, canvasID int64 }

func accounts() *kind[db.Account, string] {
	return &kind[db.Account, string]{
		typ: typeAccount, batch: 500, read: (*reading).account,
		key: func(a *db.Account) string { return a.CanvasGUID },
		put: (*run).putAccounts,
	}
}

func (r *run) putAccounts(ctx context.Context, rows []*db.Account) ([]ingest.Change, error) {
	return ingest.UpsertAccounts(ctx, r.Store, rows)
}

func (rd *reading) account(_ context.Context, o *object) (a db.Account, err error) {
	a = db.Account{
		CanvasGUID: required(o, "canvas_guid", key),
		BaseURL:    required(o, "base_url", address),
		Name:       required(o, "name", text),
	}
	if id := optional(o, "id", whole(maxMomotorID)); id != nil {
		a.MomotorID = *id
	}
	return a, o.err(rd.Lenient)
}

func courses() *kind[db.Course, canvasKey] {
	return &kind[db.Course, canvasKey]{
		typ: typeCourse, batch: 500, read: (*reading).course,
		key: func(c *db.Course) canvasKey { return canvasKey{c.AccountID, c.CanvasID} },
		put: (*run).putCourses,
	}
}

func (r *run) putCourses(ctx context.Context, rows []*db.Course) ([]ingest.Change, error) {
	return ingest.UpsertCourses(ctx, r.Store, rows)
}

func (rd *reading) course(ctx context.Context, o *object) (c db.Course, err error) {
	account := required(o, "account", key)
	c = db.Course{
		CanvasID: required(o, "canvas_id", canvasID),
		Code:     required(o, "code", text),
		Name:     required(o, "name", text),
		Active:   required(o, "active", boolean),
		Valid:    required(o, "valid", boolean),
		ReadOnly: required(o, "readonly", boolean),
	}
	if err := o.err(rd.Lenient); err != nil {
		return c, err
	}
	c.AccountID, err = rd.names.account(ctx, account)
	return c, err
}

func sections() *kind[db.Section, canvasKey] {
	return &kind[db.Section, canvasKey]{
		typ: typeSection, batch: 500, read: (*reading).section,
		key: func(z *db.Section) canvasKey { return canvasKey{z.AccountID, z.CanvasID} },
		put: (*run).putSections,
	}
}

func (r *run) putSections(ctx context.Context, rows []*db.Section) ([]ingest.Change, error) {
	return ingest.UpsertSections(ctx, r.Store, rows)
}

func (rd *reading) section(ctx context.Context, o *object) (z db.Section, err error) {
	c := readCourseRef(o)
	z = db.Section{
		CanvasID: required(o, "canvas_id", canvasID),
		Name:     required(o, "name", text),
	}
	if err := o.err(rd.Lenient); err != nil {
		return z, err
	}
	z.CourseID, z.AccountID, err = rd.names.course(ctx, c)
	return z, err
}

// readCourseRef reads the fields that say which course a line is about.
func readCourseRef(o *object) courseRef {
	return courseRef{account: required(o, "account", key), course: required(o, "course", canvasID)}
}

func users() *kind[db.User, canvasKey] {
	return &kind[db.User, canvasKey]{
		typ: typeUser, batch: 500, read: (*reading).user,
		key: func(u *db.User) canvasKey { return canvasKey{u.AccountID, u.CanvasID} },
		put: (*run).putUsers,
	}
}

func (r *run) putUsers(ctx context.Context, rows []*db.User) ([]ingest.Change, error) {
	return ingest.UpsertUsers(ctx, r.Store, rows)
}

func (rd *reading) user(ctx context.Context, o *object) (u db.User, err error) {
	account := required(o, "account", key)
	u = db.User{
		CanvasID:     required(o, "canvas_id", canvasID),
		Name:         required(o, "name", text),
		SortableName: required(o, "sortable_name", text),
		LoginID:      optional(o, "login_id", text),
	}
	if err := o.err(rd.Lenient); err != nil {
		return u, err
	}
	u.AccountID, err = rd.names.account(ctx, account)
	return u, err
}
