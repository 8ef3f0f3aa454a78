package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// A guard refuses operations that could cost more than its limits allow: it looks at a
// document before it is parsed, and at an operation before it runs.
type guard struct {
	lim Limits
	// known holds the documents that were looked at before.
	known  *queryCache
	schema *ast.Schema
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
	graphql.OperationContextMutator
} = guard{}

// ExtensionName implements graphql.HandlerExtension.
func (guard) ExtensionName() string { return "Guard" }

// Validate implements graphql.HandlerExtension. Every schema will do.
func (guard) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters refuses a document that is too much to parse and validate.
func (g guard) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	if isTrusted(ctx) {
		return nil
	}
	if _, ok := g.known.Get(ctx, params.Query); ok {
		return nil
	}
	return scan(params.Query, g.lim)
}

// MutateOperationContext refuses an operation that is too much to run.
func (g guard) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	if err := checkOneOf(g.schema, op); err != nil || isTrusted(ctx) {
		return err
	}
	m := meter{lim: g.lim, vars: op.Variables}
	t := m.selection(op.Operation.SelectionSet, 1)
	if m.err != nil {
		return m.err
	}
	return t.check(g.lim)
}

func (t tally) check(lim Limits) *gqlerror.Error {
	switch {
	case t.depth > int64(lim.Depth):
		return exceededBy(t.depth, "depth", int64(lim.Depth),
			"the operation is nested %d levels deep, and at most %d are allowed: start closer to what you need, or use several operations",
			t.depth, lim.Depth)
	case t.fields > int64(lim.Fields):
		return exceededBy(t.fields, "fields", int64(lim.Fields),
			"the operation has %d fields with its fragments expanded, and at most %d are allowed: ask for fewer fields, or use several operations",
			t.fields, lim.Fields)
	case t.aliases > int64(lim.Aliases):
		return exceededBy(t.aliases, "aliases", int64(lim.Aliases),
			"the operation has %d aliases with its fragments expanded, and at most %d are allowed: use several operations, or a list with a filter",
			t.aliases, lim.Aliases)
	case t.nodes > lim.Nodes:
		return exceededBy(t.nodes, "nodes", lim.Nodes,
			"the answer could hold %d objects, and at most %d are allowed: ask for smaller pages with “first”, or for fewer lists within lists",
			t.nodes, lim.Nodes)
	}
	return nil
}
