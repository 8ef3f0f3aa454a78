package graph

import (
	"context"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph/exec"
)

var (
	resultUser       = relation[db.Result, db.User, noArguments]{&db.ResultUser, key("course_id", "user_id")}
	resultGroup      = relation[db.Result, db.User, noArguments]{&db.ResultGroup, key("course_id", "id")}
	resultAssignment = relation[db.Result, db.Assignment, noArguments]{&db.AssignmentByID, key("course_id", "assignment_id")}
	resultAttempts   = relation[db.Result, db.Result, attemptsArguments]{&db.ResultAttempts, key("course_id", "assignment_id", "user_id")}
	resultSteps      = relation[db.Result, db.Step, noArguments]{&db.ResultSteps, key("course_id", "id")}
	resultStep       = relation[db.Result, db.Step, stepArgument]{&db.ResultSteps, key("course_id", "id")}
	resultBundles    = relation[db.Result, db.Bundle, noArguments]{&db.ResultBundles, key("course_id", "id")}
	stepResult       = relation[db.Step, db.Result, noArguments]{&db.ResultByID, key("course_id", "result_id")}
)

var resultOrderColumns = map[exec.ResultOrderField]string{
	exec.ResultOrderFieldCreated:     "",
	exec.ResultOrderFieldSubmittedAt: "submitted_at",
	exec.ResultOrderFieldProcessedAt: "processed_at",
	exec.ResultOrderFieldScore:       "score",
	exec.ResultOrderFieldSequenceID:  "sequence_id",
}

func (r resultResolver) User(ctx context.Context, results []*db.Result) ([]*db.User, error) {
	return ones(ctx, r.Resolver, results, resultUser, noArguments{})
}

func (r resultResolver) Group(ctx context.Context, results []*db.Result) ([][]*db.User, error) {
	return many(ctx, r.Resolver, results, resultGroup, noArguments{})
}

func (r resultResolver) Assignment(ctx context.Context, results []*db.Result) ([]*db.Assignment, error) {
	return ones(ctx, r.Resolver, results, resultAssignment, noArguments{})
}

func (r resultResolver) Attempts(ctx context.Context, results []*db.Result) ([][]*db.Result, error) {
	return many(ctx, r.Resolver, results, resultAttempts, attemptsArguments{})
}

func (r resultResolver) Steps(ctx context.Context, results []*db.Result) ([][][]*db.Step, error) {
	rows, err := many(ctx, r.Resolver, results, resultSteps, noArguments{})
	if err != nil {
		return nil, err
	}
	steps := make([][][]*db.Step, len(rows))
	for i, tasks := range rows {
		steps[i] = db.GroupByStep(tasks)
	}
	return steps, nil
}

func (r resultResolver) Step(ctx context.Context, results []*db.Result, id string) ([]*db.Step, error) {
	return ones(ctx, r.Resolver, results, resultStep, stepArgument{id})
}

func (r resultResolver) Bundles(ctx context.Context, results []*db.Result) ([][]*db.Bundle, error) {
	return many(ctx, r.Resolver, results, resultBundles, noArguments{})
}

func (r resultResolver) Bundle(ctx context.Context, results []*db.Result, kind exec.ResultBundleKind) ([]*db.Bundle, error) {
	all, err := r.Bundles(ctx, results)
	if err != nil {
		return nil, err
	}
	out := make([]*db.Bundle, len(all))
	for i, bundles := range all {
		out[i] = choose(bundles, db.BundleKind(kind))
	}
	return out, nil
}

// choose returns the bundle of a kind. In place of a full bundle that is gone the basic
// one will do, as long as it is still there.
func choose(bundles []*db.Bundle, kind db.BundleKind) *db.Bundle {
	of := func(kind db.BundleKind) *db.Bundle {
		if i := slices.IndexFunc(bundles, func(b *db.Bundle) bool { return b.Kind == kind }); i >= 0 {
			return bundles[i]
		}
		return nil
	}
	found := of(kind)
	if kind == db.BundleFull && (found == nil || found.Purged()) {
		if basic := of(db.BundleBasic); basic != nil && (found == nil || !basic.Purged()) {
			return basic
		}
	}
	return found
}

func (r stepResolver) Result(ctx context.Context, steps []*db.Step) ([]*db.Result, error) {
	return ones(ctx, r.Resolver, steps, stepResult, noArguments{})
}
