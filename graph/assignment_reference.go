package graph

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/fault"
)

// findAssignment returns the key of the referenced assignment. The error is fault.NotFound if the
// assignment is not visible to the caller, and fault.Forbidden if the caller has none of the roles
// of @may in its course.
func (r *Resolver) findAssignment(ctx context.Context, ref exec.AssignmentReference) (db.AssignmentKey, error) {
	edge, keys, params := &db.Assignments, []query.Key{{}}, query.Params{Columns: []string{}}
	switch {
	case ref.ID != nil:
		id, ok := db.ParseNodeID(*ref.ID)
		if !ok || id.Type != "Assignment" {
			return db.AssignmentKey{}, fault.NotFound
		}
		edge, keys = &db.AssignmentByID, []query.Key{id.Key}
	case ref.Path != nil:
		params.Filter = db.AssignmentInCourseWithCanvasID(ref.Path.AccountMomotorID, ref.Path.CourseCanvasID, ref.Path.CanvasID)
	default:
		return db.AssignmentKey{}, fault.NotFound
	}
	rows, err := edge.Load(ctx, r.db(ctx), scopeOf(ctx), keys, params)
	if err != nil {
		return db.AssignmentKey{}, err
	}
	if len(rows[0]) == 0 {
		return db.AssignmentKey{}, fault.NotFound
	}
	assignment := rows[0][0]
	return db.AssignmentKey{CourseID: assignment.CourseID, ID: assignment.MomotorID}, requireRole(ctx, assignment.CourseID)
}

// reloadAssignment reads an assignment after a change, for the payload field "assignment".
func (r *Resolver) reloadAssignment(ctx context.Context, k db.AssignmentKey) (*db.Assignment, error) {
	return reload(ctx, r, &db.AssignmentByID, query.Key{k.CourseID, k.ID}, "assignment")
}

// maxReload is the time for reading a row after a change.
const maxReload = 5 * time.Second

// reload reads a row after a change, for a field of the current mutation's payload. It reads the
// columns that the operation selects in that field. It does so even if the time of the operation has
// passed, because the client would take an error for a change that was not made.
func reload[T any](ctx context.Context, r *Resolver, edge *query.Edge[T], key query.Key, payloadField string) (*T, error) {
	op, field := graphql.GetOperationContext(ctx), graphql.GetFieldContext(ctx).Field
	columns := []string{}
	for _, f := range graphql.CollectFields(op, field.Selections, []string{field.Definition.Type.Name()}) {
		if f.Name == payloadField {
			columns = append(columns, columnsOf[T](r.Store.DB(), op, f)...)
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxReload)
	defer cancel()
	rows, err := edge.Load(ctx, r.db(ctx), scopeOf(ctx), []query.Key{key}, query.Params{Columns: columns})
	if err != nil {
		return nil, err
	}
	if len(rows[0]) == 0 {
		return nil, fault.NotFound
	}
	return rows[0][0], nil
}
