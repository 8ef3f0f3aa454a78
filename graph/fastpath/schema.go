// Package fastpath answers GraphQL queries without gqlgen's generated code: it compiles an
// operation into a plan, reads each level of the answer with one statement and appends the
// rows to the answer as JSON, without structs, reflection or contexts.
//
// The resolvers are the reference. Statements come from the same edges of db, arguments from
// the same relations, computed fields from the same functions. The resolvers answer the root
// fields that the package does not support, and repeat each operation that fails before its
// answer has begun.
package fastpath

import (
	"context"
	"fmt"
	"reflect"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/rowcodec"
)

// A Relation is a field of the schema that leads from rows to rows along an edge, or to an
// object that is not in the store.
type Relation struct {
	Edge query.AnyEdge
	// Key names the columns of the parent's row that make the edge's key.
	Key []string
	// GroupBy names the column whose equal values form one list, for a list of lists.
	GroupBy string
	// Params converts the field's arguments.
	Params func(ctx context.Context, args map[string]any) (query.Params, error)
	// Object is set in place of Edge when the field leads to an object that is not in the
	// store.
	Object *Object
}

// An Object is a struct whose fields are the columns of one row.
type Object struct {
	Type reflect.Type // of the struct
	// Load returns the struct.
	Load func(context.Context) (any, error)
}

// A Lookup is a field of Query that finds objects of any type by their global ids.
type Lookup struct {
	// Edges lead from the keys of global ids to the objects, by type.
	Edges map[string]query.AnyEdge
	// IDs returns the ids among the field's arguments.
	IDs func(args map[string]any) ([]string, error)
}

// A Computed is a field of the schema that is computed from columns of its row.
type Computed struct {
	Columns []string
	Kind    query.Kind
	// New returns a function for the rows of one operation.
	New func() CellFunc
}

// A CellFunc appends the value for a row to b, in the format of cells of the database. It
// returns nil for null. The cells are those of Computed.Columns.
type CellFunc func(ctx context.Context, b []byte, cells [][]byte) ([]byte, error)

// A Config configures a Schema. The keys of Relations, Lookups and Computed are type and
// field, as in Course.assignments.
type Config struct {
	DB        *query.DB
	Scope     func(context.Context) query.Scope
	Relations map[string]Relation
	Lookups   map[string]Lookup
	Computed  map[string]Computed
	// Plans returns the cache for the plans of a document, nil for one that is not cached.
	Plans func(*ast.QueryDocument) *PlanCache
	// WithDB returns a context in which the resolvers read from a database.
	WithDB func(context.Context, *query.DB) context.Context
	// PresentError and Recover handle the errors and panics of resolvers.
	PresentError graphql.ErrorPresenterFunc
	Recover      graphql.RecoverFunc
}

// A Schema is an executable schema that answers the root fields that it supports from
// compiled plans and passes all others to the executable schema that it wraps.
type Schema struct {
	graphql.ExecutableSchema
	conf  Config
	large chan struct{} // holds an item for each large operation that runs
}

// New returns a Schema that wraps es.
func New(es graphql.ExecutableSchema, conf Config) *Schema {
	return &Schema{es, conf, make(chan struct{}, maxLarge)}
}

// Exec implements graphql.ExecutableSchema.
func (s *Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	report := reportFrom(ctx)
	p, err := s.plan(op, formatOf(rowcodec.Accepted(ctx)))
	if err != nil {
		report.fallBack(err)
		return s.ExecutableSchema.Exec(ctx)
	}
	var next graphql.ResponseHandler
	return func(ctx context.Context) *graphql.Response {
		if next != nil {
			return next(ctx)
		}
		resp, err := s.execute(ctx, p, op)
		switch {
		case err == nil:
			report.done(p)
			next = func(context.Context) *graphql.Response { return nil }
			return resp
		case report.Streaming():
			report.StreamErr = err
			return nil
		}
		report.fallBack(err)
		next = s.ExecutableSchema.Exec(ctx)
		return next(ctx)
	}
}

// execute runs a plan and returns a panic as an error, so that the resolvers can answer.
func (s *Schema) execute(ctx context.Context, p *plan, op *graphql.OperationContext) (resp *graphql.Response, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	x := &execution{ctx: ctx, schema: s, plan: p, op: op, scope: s.conf.Scope(ctx), report: reportFrom(ctx)}
	return x.run()
}

// An unsupportedError names a part of an operation that the fast path does not support.
type unsupportedError struct{ what string }

func (e *unsupportedError) Error() string { return "the fast path does not support " + e.what }

// An argumentError is the error of an argument. Whether it matters depends on whether the
// field has a parent, which the resolvers know.
type argumentError struct{ error }

type reportKey struct{}

// WithReport returns a context whose operation fills in a report.
func WithReport(ctx context.Context, r *Report) context.Context {
	return context.WithValue(ctx, reportKey{}, r)
}

// EnsureReport returns a context whose operation fills in a report, and that report. It
// keeps the report that the context has.
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
