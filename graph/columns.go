package graph

import (
	"context"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// wanted returns the columns of T that the current field's selection asks for, in a
// fixed order. The selection of a connection is that of its nodes.
func wanted[T any](ctx context.Context, s *db.Store) []string {
	return columnsOf[T](s, graphql.GetOperationContext(ctx), graphql.GetFieldContext(ctx).Field)
}

// columnsOf is wanted for any field.
func columnsOf[T any](s *db.Store, op *graphql.OperationContext, field graphql.CollectedField) []string {
	columns := []string{}
	for _, f := range ofNodes(op, field) {
		if c, ok := query.FieldColumn[T](s.DB(), f.Name); ok {
			columns = append(columns, c)
		}
	}
	slices.Sort(columns)
	return slices.Compact(columns)
}

// ofNodes returns the fields selected on a field's objects, through a connection's
// nodes and edges where the field is one.
func ofNodes(op *graphql.OperationContext, field graphql.CollectedField) []graphql.CollectedField {
	name := field.Definition.Type.Name()
	if !strings.HasSuffix(name, "Connection") {
		return graphql.CollectFields(op, field.Selections, satisfied(name))
	}
	var out []graphql.CollectedField
	for _, f := range graphql.CollectFields(op, field.Selections, []string{name}) {
		switch f.Name {
		case "nodes":
			out = append(out, ofNodes(op, f)...)
		case "edges":
			for _, e := range graphql.CollectFields(op, f.Selections, []string{f.Definition.Type.Name()}) {
				if e.Name == "node" {
					out = append(out, ofNodes(op, e)...)
				}
			}
		}
	}
	return out
}

// satisfied names the types whose fragments apply to an object of a type. A field of the
// interface may yield any type, so there all fragments do.
func satisfied(name string) []string {
	if name == "Node" {
		return nil
	}
	return []string{name, "Node"}
}
