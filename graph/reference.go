package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/fault"
)

// find returns the assignment that is meant, for a change that @may lets the caller make.
// One that the caller may not see is fault.NotFound.
func (r *Resolver) find(ctx context.Context, ref exec.AssignmentReference) (db.AssignmentKey, error) {
	edge, keys, params := &db.Assignments, []query.Key{{}}, query.Params{Columns: []string{}}
	switch {
	case ref.ID != nil:
		id, ok := db.ParseNodeID(*ref.ID)
		if !ok || id.Type != "Assignment" {
			return db.AssignmentKey{}, fault.NotFound
		}
		edge, keys = &db.AssignmentByID, []query.Key{id.Key}
	case ref.Path != nil:
		params.Filter = db.ByAssignmentInCourse(ref.Path.AccountMomotorID, ref.Path.CourseCanvasID, ref.Path.CanvasID)
	default:
		return db.AssignmentKey{}, fault.NotFound
	}
	rows, err := edge.Load(ctx, r.Store.DB(), scopeOf(ctx), keys, params)
	if err != nil {
		return db.AssignmentKey{}, err
	}
	if len(rows[0]) == 0 {
		return db.AssignmentKey{}, fault.NotFound
	}
	g := rows[0][0]
	return db.AssignmentKey{CourseID: g.CourseID, ID: g.MomotorID}, mayIn(ctx, g.CourseID)
}

// read reads an assignment as it is now, with the columns that are asked for below a field
// of the current one's selection.
func (r *Resolver) read(ctx context.Context, k db.AssignmentKey, child string) (*db.Assignment, error) {
	return readNow(ctx, r, &db.AssignmentByID, query.Key{k.CourseID, k.ID}, child)
}

func readNow[T any](ctx context.Context, r *Resolver, edge *query.Edge[T], key query.Key, child string) (*T, error) {
	op, field := graphql.GetOperationContext(ctx), graphql.GetFieldContext(ctx).Field
	columns := []string{}
	for _, f := range graphql.CollectFields(op, field.Selections, []string{field.Definition.Type.Name()}) {
		if f.Name == child {
			columns = append(columns, columnsOf[T](r.Store.DB(), op, f)...)
		}
	}
	rows, err := edge.Load(ctx, r.Store.DB(), scopeOf(ctx), []query.Key{key}, query.Params{Columns: columns})
	if err != nil {
		return nil, err
	}
	if len(rows[0]) == 0 {
		return nil, fault.NotFound
	}
	return rows[0][0], nil
}
