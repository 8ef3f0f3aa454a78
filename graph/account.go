package graph

import (
	"context"

	"github.com/momotor/resultgraph/db"
)

func accountKey(a *db.Account) db.Key { return db.Key{a.MomotorID} }

func (r accountResolver) Courses(ctx context.Context, accounts []*db.Account, first *int, after *string, last *int, before *string, filter *db.CourseFilter) ([]*db.CourseConnection, error) {
	f := follow[db.Account, db.Course]{&db.AccountCourses, accountKey, db.Params{Filter: filter.Clauses()}}
	return connections(ctx, r.Resolver, accounts, f, window{first, last, after, before})
}

func (r accountResolver) Course(ctx context.Context, accounts []*db.Account, canvasID int64) ([]*db.Course, error) {
	f := follow[db.Account, db.Course]{&db.AccountCourses, accountKey, db.Params{Filter: db.CourseIs(canvasID)}}
	return ones(ctx, r.Resolver, accounts, f)
}
