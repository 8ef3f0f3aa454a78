package graph

import (
	"context"

	"github.com/momotor/resultgraph/db"
)

var (
	accountCourses = relation[db.Account, db.Course, coursesArguments]{edge: &db.AccountCourses, key: key("id")}
	accountCourse  = relation[db.Account, db.Course, courseArgument]{edge: &db.AccountCourses, key: key("id")}
)

func (r accountResolver) Courses(ctx context.Context, accounts []*db.Account, first *int, after *string, last *int, before *string, filter *db.CourseFilter) ([]*db.CourseConnection, error) {
	return loadPages(ctx, r.Resolver, accounts, accountCourses, coursesArguments{pageArgs{first, last, after, before}, filter})
}

func (r accountResolver) Course(ctx context.Context, accounts []*db.Account, canvasID int64) ([]*db.Course, error) {
	return loadOne(ctx, r.Resolver, accounts, accountCourse, courseArgument{canvasArgument{CanvasID: canvasID}})
}
