package graph

import (
	"context"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph/exec"
)

var (
	assignmentRecipe  = relation[db.Assignment, db.Bundle, noArguments]{edge: &db.AssignmentRecipe, key: key("course_id", "id")}
	assignmentConfig  = relation[db.Assignment, db.Bundle, noArguments]{edge: &db.AssignmentConfig, key: key("course_id", "id")}
	assignmentCourse  = relation[db.Assignment, db.Course, noArguments]{edge: &db.CourseByID, key: key("course_id")}
	assignmentResults = relation[db.Assignment, db.Result, resultsArguments]{edge: &db.AssignmentResults, key: key("course_id", "id", "canvas_id")}
	assignmentUploads = relation[db.Assignment, db.ScoreUpload, pageArgs]{edge: &db.AssignmentUploads, key: key("course_id", "id")}
	assignmentResult  = relation[db.Assignment, db.Result, resultArguments]{edge: &db.AssignmentResults, key: key("course_id", "id", "canvas_id")}
)

var assignmentOrderColumns = map[exec.AssignmentOrderField]string{
	exec.AssignmentOrderFieldCreated:  "",
	exec.AssignmentOrderFieldPosition: "position",
	exec.AssignmentOrderFieldDueAt:    "due_at",
	exec.AssignmentOrderFieldName:     "name",
}

func (r assignmentResolver) Recipe(ctx context.Context, assignments []*db.Assignment) ([]*db.Bundle, error) {
	return loadOne(ctx, r.Resolver, assignments, assignmentRecipe, noArguments{})
}

func (r assignmentResolver) Config(ctx context.Context, assignments []*db.Assignment) ([]*db.Bundle, error) {
	return loadOne(ctx, r.Resolver, assignments, assignmentConfig, noArguments{})
}

func (r assignmentResolver) Course(ctx context.Context, assignments []*db.Assignment) ([]*db.Course, error) {
	return loadOne(ctx, r.Resolver, assignments, assignmentCourse, noArguments{})
}

func (r assignmentResolver) Results(ctx context.Context, assignments []*db.Assignment, first *int, after *string, last *int, before *string, filter *db.ResultFilter, pick *db.ResultPick, asOf *time.Time, orderBy []*exec.ResultOrder) ([]*db.ResultConnection, error) {
	return loadPages(ctx, r.Resolver, assignments, assignmentResults, resultsArguments{pageArgs{first, last, after, before}, db.ResultSelection{Filter: filter, Pick: pick, AsOf: asOf}, orderBy})
}

func (r assignmentResolver) Result(ctx context.Context, assignments []*db.Assignment, userCanvasID int64, attempt *int) ([]*db.Result, error) {
	return loadOne(ctx, r.Resolver, assignments, assignmentResult, resultArguments{UserCanvasID: userCanvasID, Attempt: attempt})
}

func (r assignmentResolver) Uploads(ctx context.Context, assignments []*db.Assignment, first *int, after *string, last *int, before *string) ([]*db.ScoreUploadConnection, error) {
	return loadPages(ctx, r.Resolver, assignments, assignmentUploads, pageArgs{first, last, after, before})
}
