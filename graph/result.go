package graph

import (
	"context"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph/exec"
)

func resultKey(r *db.Result) db.Key { return db.Key{r.CourseID, r.MomotorID} }

// resultParams are what a list of results is narrowed and ordered by.
func resultParams(ctx context.Context, filter *db.ResultFilter, order *exec.ResultOrder) db.Params {
	p := db.Params{Filter: filter.Clauses(scopeOf(ctx))}
	if order != nil {
		p.Order = db.Order{Column: resultOrderColumns[order.Field], Desc: order.Direction == exec.OrderDirectionDesc}
	}
	return p
}

var resultOrderColumns = map[exec.ResultOrderField]string{
	exec.ResultOrderFieldCreated:     "",
	exec.ResultOrderFieldSubmittedAt: "submitted_at",
	exec.ResultOrderFieldProcessedAt: "processed_at",
	exec.ResultOrderFieldScore:       "score",
	exec.ResultOrderFieldSequenceID:  "sequence_id",
}

func (r resultResolver) User(ctx context.Context, results []*db.Result) ([]*db.User, error) {
	key := func(r *db.Result) db.Key { return db.Key{r.CourseID, r.UserID} }
	return ones(ctx, r.Resolver, results, follow[db.Result, db.User]{edge: &db.ResultUser, key: key})
}

func (r resultResolver) Group(ctx context.Context, results []*db.Result) ([][]*db.User, error) {
	return follow[db.Result, db.User]{edge: &db.ResultGroup, key: resultKey}.of(ctx, r.Resolver, results)
}

func (r resultResolver) Assignment(ctx context.Context, results []*db.Result) ([]*db.Assignment, error) {
	key := func(r *db.Result) db.Key { return db.Key{r.CourseID, r.AssignmentID} }
	return ones(ctx, r.Resolver, results, follow[db.Result, db.Assignment]{edge: &db.AssignmentByID, key: key})
}

func (r resultResolver) Attempts(ctx context.Context, results []*db.Result) ([][]*db.Result, error) {
	key := func(r *db.Result) db.Key { return db.Key{r.CourseID, r.AssignmentID, r.UserID} }
	f := follow[db.Result, db.Result]{&db.ResultAttempts, key, db.Params{Order: db.Order{Column: "attempt"}}}
	return f.of(ctx, r.Resolver, results)
}

func (r resultResolver) Steps(ctx context.Context, results []*db.Result) ([][][]*db.Step, error) {
	rows, err := follow[db.Result, db.Step]{edge: &db.ResultSteps, key: resultKey}.of(ctx, r.Resolver, results)
	if err != nil {
		return nil, err
	}
	steps := make([][][]*db.Step, len(rows))
	for i, tasks := range rows {
		steps[i] = db.Steps(tasks)
	}
	return steps, nil
}

func (r resultResolver) Step(ctx context.Context, results []*db.Result, id string) ([]*db.Step, error) {
	f := follow[db.Result, db.Step]{&db.ResultSteps, resultKey, db.Params{Filter: db.StepIs(id)}}
	return ones(ctx, r.Resolver, results, f)
}

func (r resultResolver) Bundles(ctx context.Context, results []*db.Result) ([][]*db.Bundle, error) {
	return follow[db.Result, db.Bundle]{edge: &db.ResultBundles, key: resultKey}.of(ctx, r.Resolver, results)
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
	key := func(s *db.Step) db.Key { return db.Key{s.CourseID, s.ResultID} }
	return ones(ctx, r.Resolver, steps, follow[db.Step, db.Result]{edge: &db.ResultByID, key: key})
}
