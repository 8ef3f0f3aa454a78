// Package fastpath answers GraphQL queries without gqlgen's generated code: it compiles an
// operation into a plan, reads each level of the answer with one statement and appends the
// rows to the answer as JSON, without structs, reflection or contexts.
//
// The resolvers are the reference. Statements come from the same edges of db, arguments from
// the same relations, computed fields from the same functions. The package passes operations
// that it does not support, and operations that fail before their answer has begun, to the
// resolvers.
package fastpath

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/rowcodec"
)

// A Relation is a field of the schema that leads from rows to rows.
type Relation struct {
	Link query.AnyEdge
	// Key names the columns of the parent's row that make the link's key.
	Key []string
	// Params reads the field's arguments.
	Params func(ctx context.Context, args map[string]any) (query.Params, error)
}

// A Computed is a field of the schema that is computed from columns of its row.
type Computed struct {
	Columns []string
	// Append appends the value as JSON. The cells are those of Columns.
	Append func(ctx context.Context, b []byte, cells [][]byte) ([]byte, error)
}

// A Config configures a Schema. The keys of Relations and Computed are type and field, as in
// Course.assignments.
type Config struct {
	Store     *db.Store
	Scope     func(context.Context) query.Scope
	Relations map[string]Relation
	Computed  map[string]Computed
	// Plans returns the cache for the plans of a document, nil for one that is not cached.
	Plans func(*ast.QueryDocument) *PlanCache
}

// A Schema is an executable schema that answers the operations it supports from compiled
// plans and passes all others to the executable schema that it wraps.
type Schema struct {
	graphql.ExecutableSchema
	conf  Config
	large chan struct{} // has room for as many large operations as may run at a time
}

// New returns a Schema that wraps es.
func New(es graphql.ExecutableSchema, conf Config) *Schema {
	return &Schema{es, conf, make(chan struct{}, mostLarge)}
}

// Exec implements graphql.ExecutableSchema.
func (s *Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	report := reportFrom(ctx)
	p, err := s.plan(op, form(rowcodec.Accepted(ctx)))
	if err != nil {
		report.fallBack(err)
		return s.ExecutableSchema.Exec(ctx)
	}
	var rest graphql.ResponseHandler
	return func(ctx context.Context) *graphql.Response {
		if rest != nil {
			return rest(ctx)
		}
		data, err := s.run(ctx, p, op)
		switch {
		case err == nil:
			report.fast = true
			rest = func(context.Context) *graphql.Response { return nil }
			return &graphql.Response{Data: data}
		case report.Streaming():
			report.StreamErr = err
			return nil
		}
		report.fallBack(err)
		rest = s.ExecutableSchema.Exec(ctx)
		return rest(ctx)
	}
}

// run runs a plan. A panic is an error of it, and no reason for no answer.
func (s *Schema) run(ctx context.Context, p *plan, op *graphql.OperationContext) (data []byte, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	r := &run{ctx: ctx, schema: s, plan: p, vars: op.Variables, scope: s.conf.Scope(ctx), report: reportFrom(ctx)}
	return r.answer()
}

// An unsupportedError names a part of an operation that the fast path does not support.
type unsupportedError struct{ what string }

func (e *unsupportedError) Error() string { return "the fast path does not support " + e.what }

// An argumentError is the error of an argument. Whether it matters depends on whether the
// field has a parent, which the resolvers know.
type argumentError struct{ error }

type reportKey struct{}

// WithReport returns a context whose operation is reported on.
func WithReport(ctx context.Context, r *Report) context.Context {
	return context.WithValue(ctx, reportKey{}, r)
}

// EnsureReport returns a context whose operation is reported on, with the report that it has
// already or a new one.
func EnsureReport(ctx context.Context) (context.Context, *Report) {
	if r, ok := ctx.Value(reportKey{}).(*Report); ok {
		return ctx, r
	}
	r := &Report{}
	return WithReport(ctx, r), r
}

func reportFrom(ctx context.Context) *Report {
	if r, ok := ctx.Value(reportKey{}).(*Report); ok {
		return r
	}
	return &Report{}
}
