package graph

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/bundle"
)

var (
	resultUser       = relation[db.Result, db.User, noArguments]{edge: &db.ResultUser, key: key("course_id", "user_id")}
	resultGroup      = relation[db.Result, db.User, noArguments]{edge: &db.ResultGroupUsers, key: key("course_id", "id")}
	resultAssignment = relation[db.Result, db.Assignment, noArguments]{edge: &db.AssignmentByID, key: key("course_id", "assignment_id")}
	resultAttempts   = relation[db.Result, db.Result, attemptsArguments]{edge: &db.ResultAttempts, key: key("course_id", "assignment_id", "user_id")}
	resultSteps      = relation[db.Result, db.Step, noArguments]{edge: &db.ResultSteps, key: key("course_id", "id")}
	resultStepGroups = relation[db.Result, db.Step, noArguments]{edge: &db.ResultSteps, key: key("course_id", "id"), groupBy: "position"}
	resultStep       = relation[db.Result, db.Step, stepArgument]{edge: &db.ResultSteps, key: key("course_id", "id")}
	resultBundle     = relation[db.Result, db.Bundle, bundleArgument]{edge: &db.ResultBundles, key: key("course_id", "id")}
	resultBundles    = relation[db.Result, db.Bundle, noArguments]{edge: &db.ResultBundles, key: key("course_id", "id")}
	stepResult       = relation[db.Step, db.Result, noArguments]{edge: &db.ResultByID, key: key("course_id", "result_id")}
)

var resultOrderColumns = map[exec.ResultOrderField]string{
	exec.ResultOrderFieldCreated:     "",
	exec.ResultOrderFieldSubmittedAt: "submitted_at",
	exec.ResultOrderFieldProcessedAt: "processed_at",
	exec.ResultOrderFieldScore:       "score",
	exec.ResultOrderFieldSequenceID:  "sequence_id",

	exec.ResultOrderFieldSortableName: "user_sortable_name",
	exec.ResultOrderFieldAttempt:      "attempt",
	exec.ResultOrderFieldSecondsLate:  "seconds_late",
	exec.ResultOrderFieldState:        "state_rank",
	exec.ResultOrderFieldScorePercent: "score_percent",
}

func (r resultResolver) User(ctx context.Context, results []*db.Result) ([]*db.User, error) {
	return loadOne(ctx, r.Resolver, results, resultUser, noArguments{})
}

func (r resultResolver) Group(ctx context.Context, results []*db.Result) ([][]*db.User, error) {
	return loadMany(ctx, r.Resolver, results, resultGroup, noArguments{})
}

func (r resultResolver) Assignment(ctx context.Context, results []*db.Result) ([]*db.Assignment, error) {
	return loadOne(ctx, r.Resolver, results, resultAssignment, noArguments{})
}

func (r resultResolver) Attempts(ctx context.Context, results []*db.Result) ([][]*db.Result, error) {
	return loadMany(ctx, r.Resolver, results, resultAttempts, attemptsArguments{})
}

func (r resultResolver) Steps(ctx context.Context, results []*db.Result) ([][]*db.Step, error) {
	return loadMany(ctx, r.Resolver, results, resultSteps, noArguments{})
}

func (r resultResolver) StepGroups(ctx context.Context, results []*db.Result) ([][][]*db.Step, error) {
	return loadGroups(ctx, r.Resolver, results, resultStepGroups, noArguments{})
}

func (r resultResolver) Step(ctx context.Context, results []*db.Result, taskID string) ([]*db.Step, error) {
	return loadOne(ctx, r.Resolver, results, resultStep, stepArgument{TaskID: taskID})
}

func (r resultResolver) Bundles(ctx context.Context, results []*db.Result) ([][]*db.Bundle, error) {
	return loadMany(ctx, r.Resolver, results, resultBundles, noArguments{})
}

func (r resultResolver) Bundle(ctx context.Context, results []*db.Result, kind exec.ResultBundleKind) ([]*db.Bundle, error) {
	return loadOne(ctx, r.Resolver, results, resultBundle, bundleArgument{Kind: kind})
}

// stepTaskNumbers are the numbers at the end of a task id.
var stepTaskNumbers = computedField[db.Step, []int]{
	columns: []string{"step_id", "task_id"},
	value: func(_ context.Context, s *db.Step) []int {
		numbers, _ := bundle.TaskNumbers(s.StepID, s.TaskID)
		return numbers
	},
}

func (stepResolver) TaskNumbers(ctx context.Context, steps []*db.Step) ([][]int, error) {
	return stepTaskNumbers.values(ctx, steps)
}

func (r stepResolver) Result(ctx context.Context, steps []*db.Step) ([]*db.Result, error) {
	return loadOne(ctx, r.Resolver, steps, stepResult, noArguments{})
}
