package graph

import (
	"context"
	"slices"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
)

var (
	assignmentItemAnalysis      = analysis[db.Assignment, *db.ItemAnalysis, itemAnalysisArguments]{key: key("course_id", "id", "canvas_id")}
	assignmentAttemptsUntilPass = analysis[db.Assignment, *db.AttemptsUntilPass, attemptsUntilPassArguments]{key: key("course_id", "id", "canvas_id")}
	assignmentTransitions       = analysis[db.Assignment, []*db.Transition, transitionsArguments]{key: key("course_id", "id", "canvas_id")}
)

type itemAnalysisArguments struct {
	db.ResultSelection
	Criterion exec.ItemCriterion
	Skipped   exec.SkippedItems
}

func (a itemAnalysisArguments) validate(ctx context.Context, _ *Resolver) error {
	return validateSelection(ctx, a.ResultSelection)
}

func (a itemAnalysisArguments) analysis(ctx context.Context, selected []string) query.Analysis[*db.ItemAnalysis] {
	return db.NewItemAnalysis(db.ItemAnalysisOptions{
		Results:               a.Clauses(scopeOf(ctx).WithRows(), db.PickLatest),
		ResultScore:           a.Criterion == exec.ItemCriterionResultScore,
		LeaveOutSkipped:       a.Skipped == exec.SkippedItemsLeftOut,
		DependentObservations: a.PickOr(db.PickLatest) == db.PickAll,
		CoFailures:            slices.Contains(selected, "coFailures"),
		MinStudents:           access.FromContext(ctx).MinGroup,
	})
}

func (r assignmentResolver) ItemAnalysis(ctx context.Context, assignments []*db.Assignment, criterion exec.ItemCriterion, skipped exec.SkippedItems, filter *db.ResultFilter, pick *db.ResultPick, asOf *time.Time) ([]*db.ItemAnalysis, error) {
	a := itemAnalysisArguments{db.ResultSelection{Filter: filter, Pick: pick, AsOf: asOf}, criterion, skipped}
	return loadAnalysis(ctx, r.Resolver, assignments, assignmentItemAnalysis, a)
}

// allAttemptsArguments are the arguments of an analysis of all attempts.
type allAttemptsArguments struct {
	Filter *db.ResultFilter
	AsOf   *time.Time
}

func (a allAttemptsArguments) selection() db.ResultSelection {
	return db.ResultSelection{Filter: a.Filter, AsOf: a.AsOf}
}

func (a allAttemptsArguments) validate(ctx context.Context, _ *Resolver) error {
	return validateSelection(ctx, a.selection())
}

func (a allAttemptsArguments) conditions(ctx context.Context) []query.Clause {
	return a.selection().Clauses(scopeOf(ctx).WithRows(), db.PickAll)
}

type attemptsUntilPassArguments struct{ allAttemptsArguments }

func (a attemptsUntilPassArguments) analysis(ctx context.Context, _ []string) query.Analysis[*db.AttemptsUntilPass] {
	return db.NewAttemptsUntilPass(a.conditions(ctx), access.FromContext(ctx).MinGroup)
}

func (r assignmentResolver) AttemptsUntilPass(ctx context.Context, assignments []*db.Assignment, filter *db.ResultFilter, asOf *time.Time) ([]*db.AttemptsUntilPass, error) {
	return loadAnalysis(ctx, r.Resolver, assignments, assignmentAttemptsUntilPass, attemptsUntilPassArguments{allAttemptsArguments{filter, asOf}})
}

type transitionsArguments struct{ allAttemptsArguments }

func (a transitionsArguments) analysis(ctx context.Context, _ []string) query.Analysis[[]*db.Transition] {
	return db.NewTransitions(a.conditions(ctx), access.FromContext(ctx).MinGroup)
}

func (r assignmentResolver) Transitions(ctx context.Context, assignments []*db.Assignment, filter *db.ResultFilter, asOf *time.Time) ([][]*db.Transition, error) {
	return loadAnalysis(ctx, r.Resolver, assignments, assignmentTransitions, transitionsArguments{allAttemptsArguments{filter, asOf}})
}
