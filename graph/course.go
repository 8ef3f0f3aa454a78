package graph

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph/exec"
)

var (
	courseAccount     = relation[db.Course, db.Account, noArguments]{&db.AccountByID, key("account_id")}
	courseSections    = relation[db.Course, db.Section, noArguments]{&db.CourseSections, key("id")}
	courseUsers       = relation[db.Course, db.User, usersArguments]{&db.CourseUsers, key("id")}
	courseUser        = relation[db.Course, db.User, userArgument]{&db.CoursePeople, key("id")}
	courseAssignments = relation[db.Course, db.Assignment, assignmentsArguments]{&db.CourseAssignments, key("id")}
	courseAssignment  = relation[db.Course, db.Assignment, assignmentArgument]{&db.CourseAssignments, key("id")}
	courseResults     = relation[db.Course, db.Result, resultsArguments]{&db.CourseResults, key("id")}
	courseJobs        = relation[db.Course, db.Job, jobsArguments]{&db.CourseJobs, key("id")}
	sectionCourse     = relation[db.Section, db.Course, noArguments]{&db.CourseByID, key("course_id")}
)

func (r courseResolver) Account(ctx context.Context, courses []*db.Course) ([]*db.Account, error) {
	return ones(ctx, r.Resolver, courses, courseAccount, noArguments{})
}

func (r courseResolver) Sections(ctx context.Context, courses []*db.Course) ([][]*db.Section, error) {
	return many(ctx, r.Resolver, courses, courseSections, noArguments{})
}

func (r courseResolver) Users(ctx context.Context, courses []*db.Course, first *int, after *string, last *int, before *string, filter *db.UserFilter, orderBy *exec.UserOrder) ([]*db.UserConnection, error) {
	return pages(ctx, r.Resolver, courses, courseUsers, usersArguments{window{first, last, after, before}, filter, orderBy})
}

func (r courseResolver) User(ctx context.Context, courses []*db.Course, canvasID int64) ([]*db.User, error) {
	return ones(ctx, r.Resolver, courses, courseUser, userArgument{canvasID})
}

func (r courseResolver) Assignments(ctx context.Context, courses []*db.Course, first *int, after *string, last *int, before *string, filter *db.AssignmentFilter) ([]*db.AssignmentConnection, error) {
	return pages(ctx, r.Resolver, courses, courseAssignments, assignmentsArguments{window{first, last, after, before}, filter})
}

func (r courseResolver) Assignment(ctx context.Context, courses []*db.Course, canvasID int64) ([]*db.Assignment, error) {
	return ones(ctx, r.Resolver, courses, courseAssignment, assignmentArgument{canvasID})
}

func (r courseResolver) Results(ctx context.Context, courses []*db.Course, first *int, after *string, last *int, before *string, filter *db.ResultFilter, orderBy *exec.ResultOrder) ([]*db.ResultConnection, error) {
	return pages(ctx, r.Resolver, courses, courseResults, resultsArguments{window{first, last, after, before}, filter, orderBy})
}

func (r courseResolver) Jobs(ctx context.Context, courses []*db.Course, first *int, after *string, last *int, before *string, filter *db.JobFilter) ([]*db.JobConnection, error) {
	return pages(ctx, r.Resolver, courses, courseJobs, jobsArguments{window{first, last, after, before}, filter})
}

func (r sectionResolver) Course(ctx context.Context, sections []*db.Section) ([]*db.Course, error) {
	return ones(ctx, r.Resolver, sections, sectionCourse, noArguments{})
}
