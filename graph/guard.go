package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/internal/access"
)

// A guard rejects operations that can cost more than its limits allow. It checks a document
// before it is parsed, and an operation before it runs.
type guard struct {
	lim    Limits
	cache  *queryCache // scanDocument has accepted its documents, or they are trusted
	schema *ast.Schema
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
	graphql.OperationContextMutator
} = guard{}

// costExtension is the name of an operation's cost in its graphql.Stats.
const costExtension = "cost"

// ExtensionName implements graphql.HandlerExtension.
func (guard) ExtensionName() string { return "Guard" }

// Validate implements graphql.HandlerExtension. It accepts every schema.
func (guard) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters rejects a document that is too expensive to parse and validate.
func (g guard) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	if isTrusted(ctx) {
		return nil
	}
	if _, ok := g.cache.Get(ctx, params.Query); ok {
		return nil
	}
	return scanDocument(params.Query, g.lim)
}

// MutateOperationContext rejects an operation with an invalid @oneOf input, an operation that reads more
// than the figures that the caller is restricted to and, if its document is not trusted, an operation that
// is too expensive to run.
func (g guard) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	if err := checkOneOf(g.schema, op); err != nil {
		return err
	}
	if err := refuseRows(ctx, op); err != nil || isTrusted(ctx) {
		return err
	}
	e := costEstimator{lim: g.lim, vars: op.Variables, maxCourses: maxCourses(ctx)}
	c := e.operationCost(op.Operation)
	if e.err != nil {
		return e.err
	}
	op.Stats.SetExtension(costExtension, c)
	startCountingRows(ctx, op)
	return e.check(op.Operation, c)
}

// maxCourses returns the maximum number of courses, and of accounts, that the caller may see.
func maxCourses(ctx context.Context) int64 {
	p := access.PresumedCaller(ctx)
	if p == nil || p.Kind == access.Anonymous {
		return maxCount
	}
	return int64(len(p.Grants))
}

// check returns an error if the cost c of an operation exceeds a limit.
func (e *costEstimator) check(op *ast.OperationDefinition, c cost) *gqlerror.Error {
	lim := e.lim
	switch {
	case c.depth > int64(lim.Depth):
		return limitErrorWithActual(c.depth, "depth", int64(lim.Depth),
			"The operation nests %d levels deep, and at most %d are allowed; reduce the nesting or split the operation.",
			c.depth, lim.Depth)
	case c.fields > int64(lim.Fields):
		return limitErrorWithActual(c.fields, "fields", int64(lim.Fields),
			"The operation has %d fields after fragments are expanded, and at most %d are allowed; select fewer fields or split the operation.",
			c.fields, lim.Fields)
	case c.aliases > int64(lim.Aliases):
		return limitErrorWithActual(c.aliases, "aliases", int64(lim.Aliases),
			"The operation has %d aliases after fragments are expanded, and at most %d are allowed; split the operation, or use a list with a filter.",
			c.aliases, lim.Aliases)
	case c.nodes > lim.Nodes:
		return e.pageError(op, c.nodes, "nodes", lim.Nodes,
			"The response could have %d objects, and at most %d are allowed; request smaller pages with %s, or fewer nested lists.")
	case c.values > lim.Values:
		return e.pageError(op, c.values, "values", lim.Values,
			"The response could have %d values, and at most %d are allowed; request smaller pages with %s, or select fewer fields.")
	case c.rows > lim.Rows:
		return e.pageError(op, c.rows, "rows", lim.Rows,
			"The figures could read %d results and steps, and at most %d are allowed; request them for fewer courses or assignments with %s, or split the operation.")
	}
	return nil
}
