package graph

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph/exec"
)

func assignmentKey(a *db.Assignment) db.Key { return db.Key{a.CourseID, a.MomotorID} }

func (r assignmentResolver) Recipe(ctx context.Context, assignments []*db.Assignment) ([]*db.Bundle, error) {
	return ones(ctx, r.Resolver, assignments, follow[db.Assignment, db.Bundle]{edge: &db.AssignmentRecipe, key: assignmentKey})
}

func (r assignmentResolver) Config(ctx context.Context, assignments []*db.Assignment) ([]*db.Bundle, error) {
	return ones(ctx, r.Resolver, assignments, follow[db.Assignment, db.Bundle]{edge: &db.AssignmentConfig, key: assignmentKey})
}

func (r assignmentResolver) Course(ctx context.Context, assignments []*db.Assignment) ([]*db.Course, error) {
	key := func(a *db.Assignment) db.Key { return db.Key{a.CourseID} }
	return ones(ctx, r.Resolver, assignments, follow[db.Assignment, db.Course]{edge: &db.CourseByID, key: key})
}

func (r assignmentResolver) Results(ctx context.Context, assignments []*db.Assignment, first *int, after *string, last *int, before *string, filter *db.ResultFilter, orderBy *exec.ResultOrder) ([]*db.ResultConnection, error) {
	f := follow[db.Assignment, db.Result]{&db.AssignmentResults, assignmentKey, resultParams(ctx, filter, orderBy)}
	return connections(ctx, r.Resolver, assignments, f, window{first, last, after, before})
}

// Result finds the result of a student. Who is in a group may have own results too; the
// one that was handed in last counts.
func (r assignmentResolver) Result(ctx context.Context, assignments []*db.Assignment, userCanvasID int64, attempt *int) ([]*db.Result, error) {
	filter := &db.ResultFilter{User: &userCanvasID, Attempt: attempt}
	if attempt == nil {
		latest := true
		filter.Latest = &latest
	}
	newest := 1
	f := follow[db.Assignment, db.Result]{&db.AssignmentResults, assignmentKey, db.Params{
		Filter: filter.Clauses(scopeOf(ctx)),
		Order:  db.Order{Column: "submitted_at", Desc: true},
		Page:   &db.Page{First: &newest},
	}}
	return ones(ctx, r.Resolver, assignments, f)
}
