package graph

import (
	"context"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
)

var (
	courseAccount     = relation[db.Course, db.Account, noArguments]{edge: &db.AccountByID, key: key("account_id")}
	courseSections    = relation[db.Course, db.Section, noArguments]{edge: &db.CourseSections, key: key("id")}
	courseUsers       = relation[db.Course, db.User, usersArguments]{edge: &db.EnrolledUsers, key: key("id")}
	courseUser        = relation[db.Course, db.User, userArgument]{edge: &db.EnrolledUsersAndSubmitters, key: key("id")}
	courseAssignments = relation[db.Course, db.Assignment, assignmentsArguments]{edge: &db.CourseAssignments, key: key("id")}
	courseAssignment  = relation[db.Course, db.Assignment, assignmentArgument]{edge: &db.CourseAssignments, key: key("id")}
	courseResults     = relation[db.Course, db.Result, allResultsArguments]{edge: &db.CourseResults, key: key("id")}
	courseJobs        = relation[db.Course, db.Job, jobsArguments]{edge: &db.CourseJobs, key: key("id")}
	sectionUsers      = relation[db.Section, db.User, usersArguments]{edge: &db.SectionUsers, key: key("course_id", "id")}
	sectionResults    = relation[db.Section, db.Result, resultsArguments]{edge: &db.SectionResults, key: key("course_id", "id")}
	sectionCourse     = relation[db.Section, db.Course, noArguments]{edge: &db.CourseByID, key: key("course_id")}
)

func (r courseResolver) Account(ctx context.Context, courses []*db.Course) ([]*db.Account, error) {
	return loadOne(ctx, r.Resolver, courses, courseAccount, noArguments{})
}

// courseViewerRoles is the field of the caller's roles.
var courseViewerRoles = computedField[db.Course, []db.Role]{db.NodeKeys["Course"], func(ctx context.Context, c *db.Course) []db.Role {
	return db.RolesOf(access.FromContext(ctx), c.MomotorID)
}}

func (r courseResolver) ViewerRoles(ctx context.Context, courses []*db.Course) ([][]db.Role, error) {
	return courseViewerRoles.values(ctx, courses)
}

func (r courseResolver) Sections(ctx context.Context, courses []*db.Course) ([][]*db.Section, error) {
	return loadMany(ctx, r.Resolver, courses, courseSections, noArguments{})
}

func (r courseResolver) Users(ctx context.Context, courses []*db.Course, first *int, after *string, last *int, before *string, filter *db.UserFilter, orderBy []*exec.UserOrder) ([]*db.UserConnection, error) {
	return loadPages(ctx, r.Resolver, courses, courseUsers, usersArguments{pageArgs{first, last, after, before}, filter, orderBy})
}

func (r courseResolver) User(ctx context.Context, courses []*db.Course, canvasID int64) ([]*db.User, error) {
	return loadOne(ctx, r.Resolver, courses, courseUser, userArgument{canvasArgument{CanvasID: canvasID}})
}

func (r courseResolver) Assignments(ctx context.Context, courses []*db.Course, first *int, after *string, last *int, before *string, filter *db.AssignmentFilter, orderBy []*exec.AssignmentOrder) ([]*db.AssignmentConnection, error) {
	return loadPages(ctx, r.Resolver, courses, courseAssignments, assignmentsArguments{pageArgs{first, last, after, before}, filter, orderBy})
}

func (r courseResolver) Assignment(ctx context.Context, courses []*db.Course, canvasID int64) ([]*db.Assignment, error) {
	return loadOne(ctx, r.Resolver, courses, courseAssignment, assignmentArgument{canvasArgument{CanvasID: canvasID}})
}

func (r courseResolver) Results(ctx context.Context, courses []*db.Course, first *int, after *string, last *int, before *string, filter *db.ResultFilter, pick *db.ResultPick, asOf *time.Time, orderBy []*exec.ResultOrder) ([]*db.ResultConnection, error) {
	return loadPages(ctx, r.Resolver, courses, courseResults, allResultsArguments{resultsArguments{pageArgs{first, last, after, before}, db.ResultSelection{Filter: filter, Pick: pick, AsOf: asOf}, orderBy}})
}

func (r courseResolver) Jobs(ctx context.Context, courses []*db.Course, first *int, after *string, last *int, before *string, filter *db.JobFilter) ([]*db.JobConnection, error) {
	return loadPages(ctx, r.Resolver, courses, courseJobs, jobsArguments{pageArgs{first, last, after, before}, filter})
}

func (r sectionResolver) Course(ctx context.Context, sections []*db.Section) ([]*db.Course, error) {
	return loadOne(ctx, r.Resolver, sections, sectionCourse, noArguments{})
}

func (r sectionResolver) Users(ctx context.Context, sections []*db.Section, first *int, after *string, last *int, before *string, filter *db.UserFilter, orderBy []*exec.UserOrder) ([]*db.UserConnection, error) {
	return loadPages(ctx, r.Resolver, sections, sectionUsers, usersArguments{pageArgs{first, last, after, before}, filter, orderBy})
}

func (r sectionResolver) Results(ctx context.Context, sections []*db.Section, first *int, after *string, last *int, before *string, filter *db.ResultFilter, pick *db.ResultPick, asOf *time.Time, orderBy []*exec.ResultOrder) ([]*db.ResultConnection, error) {
	return loadPages(ctx, r.Resolver, sections, sectionResults, resultsArguments{pageArgs{first, last, after, before}, db.ResultSelection{Filter: filter, Pick: pick, AsOf: asOf}, orderBy})
}
