package graph

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph/exec"
)

func courseKey(c *db.Course) db.Key { return db.Key{c.MomotorID} }

func (r courseResolver) Account(ctx context.Context, courses []*db.Course) ([]*db.Account, error) {
	key := func(c *db.Course) db.Key { return db.Key{c.AccountID} }
	return ones(ctx, r.Resolver, courses, follow[db.Course, db.Account]{edge: &db.AccountByID, key: key})
}

func (r courseResolver) Sections(ctx context.Context, courses []*db.Course) ([][]*db.Section, error) {
	return follow[db.Course, db.Section]{edge: &db.CourseSections, key: courseKey}.of(ctx, r.Resolver, courses)
}

func (r courseResolver) Users(ctx context.Context, courses []*db.Course, first *int, after *string, last *int, before *string, filter *db.UserFilter, orderBy *exec.UserOrder) ([]*db.UserConnection, error) {
	f := follow[db.Course, db.User]{&db.CourseUsers, courseKey, db.Params{Filter: filter.Clauses(), Order: userOrder(orderBy)}}
	return connections(ctx, r.Resolver, courses, f, window{first, last, after, before})
}

func (r courseResolver) User(ctx context.Context, courses []*db.Course, canvasID int64) ([]*db.User, error) {
	f := follow[db.Course, db.User]{&db.CoursePeople, courseKey, db.Params{Filter: db.UserIs(canvasID)}}
	return ones(ctx, r.Resolver, courses, f)
}

func (r courseResolver) Assignments(ctx context.Context, courses []*db.Course, first *int, after *string, last *int, before *string, filter *db.AssignmentFilter) ([]*db.AssignmentConnection, error) {
	f := follow[db.Course, db.Assignment]{&db.CourseAssignments, courseKey, db.Params{Filter: filter.Clauses()}}
	return connections(ctx, r.Resolver, courses, f, window{first, last, after, before})
}

func (r courseResolver) Assignment(ctx context.Context, courses []*db.Course, canvasID int64) ([]*db.Assignment, error) {
	f := follow[db.Course, db.Assignment]{&db.CourseAssignments, courseKey, db.Params{Filter: db.AssignmentIs(canvasID)}}
	return ones(ctx, r.Resolver, courses, f)
}

func (r courseResolver) Results(ctx context.Context, courses []*db.Course, first *int, after *string, last *int, before *string, filter *db.ResultFilter, orderBy *exec.ResultOrder) ([]*db.ResultConnection, error) {
	f := follow[db.Course, db.Result]{&db.CourseResults, courseKey, resultParams(ctx, filter, orderBy)}
	return connections(ctx, r.Resolver, courses, f, window{first, last, after, before})
}

func (r sectionResolver) Course(ctx context.Context, sections []*db.Section) ([]*db.Course, error) {
	key := func(z *db.Section) db.Key { return db.Key{z.CourseID} }
	return ones(ctx, r.Resolver, sections, follow[db.Section, db.Course]{edge: &db.CourseByID, key: key})
}
