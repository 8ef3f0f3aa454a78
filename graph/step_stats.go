package graph

import (
	"context"
	"strings"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/exec"
)

var (
	assignmentStepStats = listFigure[db.Assignment, db.Result, stepStatsArguments]{edge: &db.AssignmentResults, key: key("course_id", "id", "canvas_id")}
	courseStepStats     = listFigure[db.Course, db.Result, courseStepStatsArguments]{edge: &db.CourseResults, key: key("id")}
	courseActivity      = listFigure[db.Course, db.Result, activityArguments]{edge: &db.CourseResults, key: key("id")}
	stepStatsAssignment = relation[db.StepStats, db.Assignment, noArguments]{edge: &db.AssignmentByID, key: key("course_id", "assignment_id")}
)

// stepStatsArguments are the arguments of the figures about tasks of an assignment.
type stepStatsArguments struct {
	db.ResultSelection
	ByRevision bool
}

// courseStepStatsArguments are those of the figures about tasks of all assignments of a course.
type courseStepStatsArguments struct{ stepStatsArguments }

func (a stepStatsArguments) aggregate(ctx context.Context, r *Resolver, columns []db.FigureColumn) (query.Params, error) {
	return a.aggregateBy(ctx, r, db.StepGrouping{ByRevision: a.ByRevision}, columns)
}

func (a courseStepStatsArguments) aggregate(ctx context.Context, r *Resolver, columns []db.FigureColumn) (query.Params, error) {
	return a.aggregateBy(ctx, r, db.StepGrouping{ByAssignment: true, ByRevision: a.ByRevision}, columns)
}

func (a stepStatsArguments) aggregateBy(ctx context.Context, r *Resolver, g db.StepGrouping, columns []db.FigureColumn) (query.Params, error) {
	if err := validateSelection(ctx, a.ResultSelection); err != nil {
		return query.Params{}, err
	}
	all, pickAll := a.ResultSelection, db.PickAll
	all.Pick = &pickAll
	sc := scopeOf(ctx)
	aggregation, err := db.StepStatsOf(sc, r.Store.IsPostgres(), g, all.Clauses(sc, pickAll), columns)
	return query.Params{Filter: a.ResultSelection.Clauses(sc, db.PickLatest), Aggregation: aggregation}, err
}

func (r assignmentResolver) StepStats(ctx context.Context, assignments []*db.Assignment, filter *db.ResultFilter, pick *db.ResultPick, asOf *time.Time, byRevision bool) ([][]*db.StepStats, error) {
	a := stepStatsArguments{db.ResultSelection{Filter: filter, Pick: pick, AsOf: asOf}, byRevision}
	return loadListFigures[db.Assignment, db.Result, db.StepStats](ctx, r.Resolver, assignments, assignmentStepStats, a)
}

func (r courseResolver) StepStats(ctx context.Context, courses []*db.Course, filter *db.ResultFilter, pick *db.ResultPick, asOf *time.Time, byRevision bool) ([][]*db.StepStats, error) {
	a := courseStepStatsArguments{stepStatsArguments{db.ResultSelection{Filter: filter, Pick: pick, AsOf: asOf}, byRevision}}
	return loadListFigures[db.Course, db.Result, db.StepStats](ctx, r.Resolver, courses, courseStepStats, a)
}

type stepStatsResolver struct{ *Resolver }

// StepStats returns the resolver of the objects in figures about tasks.
func (r *Resolver) StepStats() exec.StepStatsResolver { return stepStatsResolver{r} }

func (r stepStatsResolver) Assignment(ctx context.Context, rows []*db.StepStats) ([]*db.Assignment, error) {
	return loadOne(ctx, r.Resolver, rows, stepStatsAssignment, noArguments{})
}

// activityArguments are the arguments of the activity in a course.
type activityArguments struct {
	By       exec.ActivityPeriod
	TimeZone db.TimeZone
	db.ResultSelection
}

func (a activityArguments) aggregate(ctx context.Context, r *Resolver, columns []db.FigureColumn) (query.Params, error) {
	if err := validateSelection(ctx, a.ResultSelection); err != nil {
		return query.Params{}, err
	}
	sc := scopeOf(ctx)
	aggregation, err := db.ActivityOf(sc, r.Store.IsPostgres(), strings.ToLower(string(a.By)), a.TimeZone, columns)
	return query.Params{Filter: a.ResultSelection.Clauses(sc, db.PickAll), Aggregation: aggregation}, err
}

func (r courseResolver) Activity(ctx context.Context, courses []*db.Course, by exec.ActivityPeriod, timeZone db.TimeZone, filter *db.ResultFilter, pick *db.ResultPick, asOf *time.Time) ([][]*db.Activity, error) {
	a := activityArguments{by, timeZone, db.ResultSelection{Filter: filter, Pick: pick, AsOf: asOf}}
	return loadListFigures[db.Course, db.Result, db.Activity](ctx, r.Resolver, courses, courseActivity, a)
}
