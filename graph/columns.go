package graph

import (
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/db/query"
)

// columnsOf returns the columns of T that the selection of a field needs, sorted by name. If the field
// is a connection, these are the columns that the selection on its nodes needs.
func columnsOf[T any](s *query.DB, op *graphql.OperationContext, field graphql.CollectedField) []string {
	return columnsOfType[T](s, nodeType(field), nodeFields(op, field))
}

// columnsOfType returns the columns of T that the given fields of a GraphQL type need.
func columnsOfType[T any](s *query.DB, typeName string, fields []graphql.CollectedField) []string {
	columns := []string{}
	for _, f := range fields {
		name := typeName + "." + f.Name
		if rel, ok := relations[name]; ok {
			columns = append(columns, rel.keyColumns()...)
		} else if fig, ok := figures[name].(interface{ keyColumns() []string }); ok {
			columns = append(columns, fig.keyColumns()...)
		} else if c, ok := computedFields[name]; ok {
			columns = append(columns, c.columnNames()...)
		} else if c, ok := query.FieldColumn[T](s, f.Name); ok {
			columns = append(columns, c)
		}
	}
	slices.Sort(columns)
	return slices.Compact(columns)
}

// nodeType returns the GraphQL type of a field's objects. If the field is a connection, it
// returns the type of the nodes.
func nodeType(field graphql.CollectedField) string {
	return strings.TrimSuffix(field.Definition.Type.Name(), connectionSuffix)
}

const connectionSuffix = "Connection"

// nodeFields returns the fields that are selected on a field's objects. If the field is a
// connection, it returns the fields that are selected on the nodes.
func nodeFields(op *graphql.OperationContext, field graphql.CollectedField) []graphql.CollectedField {
	name := field.Definition.Type.Name()
	if !strings.HasSuffix(name, connectionSuffix) {
		return graphql.CollectFields(op, field.Selections, []string{name, "Node"})
	}
	var out []graphql.CollectedField
	for _, f := range graphql.CollectFields(op, field.Selections, []string{name}) {
		switch f.Name {
		case "nodes":
			out = append(out, nodeFields(op, f)...)
		case "edges":
			for _, e := range graphql.CollectFields(op, f.Selections, []string{f.Definition.Type.Name()}) {
				if e.Name == "node" {
					out = append(out, nodeFields(op, e)...)
				}
			}
		}
	}
	return out
}

// selectsRows reports whether the selection of a connection depends on its rows.
func selectsRows(op *graphql.OperationContext, field graphql.CollectedField) bool {
	for _, f := range graphql.CollectFields(op, field.Selections, []string{field.Definition.Type.Name()}) {
		if f.Name == "nodes" || f.Name == "edges" || f.Name == "pageInfo" {
			return true
		}
	}
	return false
}

// valuesOf returns the number of values of an object with the given fields: the object and its scalars.
// Objects below it count when they are loaded.
func valuesOf(fields []graphql.CollectedField) int {
	n := 1
	for _, f := range fields {
		if len(f.Selections) == 0 {
			n++
		}
	}
	return n
}
