// Package fastpath answers GraphQL queries without gqlgen's generated code: it compiles an
// operation into a plan, reads each level of the answer with one statement and encodes the
// rows directly from the cells of the database. It creates no structs, uses no reflection and
// creates no contexts for rows and fields.
//
// The resolvers are the reference. Both paths use the same edges of db for statements, the same
// relations for arguments and the same functions for computed fields. The resolvers answer the
// root fields that the package does not support. If the fast path fails before a part of the
// answer was sent, the resolvers answer the whole operation.
package fastpath

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/budget"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/rowcodec"
)

// A Relation is a field of the schema whose value is made of the rows that an edge selects for
// a parent, is an object that is not in the store, or is computed from rows.
type Relation struct {
	Edge query.AnyEdge
	// Key has the names of the columns of the parent's row that form the key of the edge.
	Key []string
	// GroupBy is the column to group by if the field is a list of lists: adjacent rows with
	// the same value form one inner list.
	GroupBy string
	// Params decodes the field's arguments. nested is true if a connection contains the field.
	Params func(ctx context.Context, args map[string]any, nested bool) (query.Params, error)
	// Object is set in place of Edge if the value is an object that is not in the store, and Analysis if
	// it is computed from rows.
	Object   *Object
	Analysis *Analysis
}

// An Object is a struct whose fields are the columns of one row.
type Object struct {
	Type reflect.Type // the type of the struct
	// Load returns the struct or a pointer to it.
	Load func(context.Context) (any, error)
}

// A Lookup is a field of Query that finds objects of any type by their global ids.
type Lookup struct {
	// Edges has, for each type, the edge that selects objects by the keys in their global ids.
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

// A CellFunc appends the value of a computed field for one row to b, encoded like a cell of the
// database. It returns nil for null. cells are the cells of Computed.Columns.
type CellFunc func(ctx context.Context, b []byte, cells [][]byte) ([]byte, error)

// A Config configures a Schema. The keys of Relations, Lookups, Computed and Figures
// have the form Type.field, such as Course.assignments.
type Config struct {
	DB    *query.DB
	Scope func(context.Context) query.Scope
	// Admit returns the context for a plan, with the caller in it, and the guards that must pass before
	// anything of the answer is used. Confirm makes sure that no guards are needed; its error is a
	// rejection of the caller.
	Admit     func(context.Context) (context.Context, []query.Guard)
	Confirm   func(context.Context) error
	Relations map[string]Relation
	Lookups   map[string]Lookup
	Computed  map[string]Computed
	Figures   map[string]Figure
	// WithDB returns a context in which the resolvers read from a database.
	WithDB func(context.Context, *query.DB) context.Context
	// CheckSpace is called before a large answer is read. It fails if the answer could not be stored until
	// the client has it.
	CheckSpace func(context.Context) error
	// AcquireResolverSlot waits until resolvers may answer a part of an operation, which ends with a call
	// of release.
	AcquireResolverSlot func(context.Context) (release func(), err error)
	// PresentError and Recover handle the errors and panics of resolvers.
	PresentError graphql.ErrorPresenterFunc
	Recover      graphql.RecoverFunc
}

// A Schema is an executable schema with a fast path. It answers the root fields that the fast
// path supports, and passes the others to the executable schema that it wraps.
type Schema struct {
	graphql.ExecutableSchema
	conf  Config
	plans *planCache
}

// New returns a Schema that wraps es.
func New(es graphql.ExecutableSchema, conf Config) *Schema {
	return &Schema{es, conf, newPlanCache()}
}

// Exec implements graphql.ExecutableSchema.
func (s *Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	report := reportFrom(ctx)
	p, err := s.plan(op, formatOf(rowcodec.Accepted(ctx)))
	if err != nil {
		report.setFallback(err)
		return s.ExecutableSchema.Exec(ctx)
	}
	var next graphql.ResponseHandler
	return func(ctx context.Context) *graphql.Response {
		if next != nil {
			return next(ctx)
		}
		resp, err := s.executeConfirmed(ctx, p, op)
		switch {
		case errors.Is(err, errRejected):
			return report.Reject(ctx, s.conf.PresentError, err)
		case err == nil:
			report.setFast(p)
			next = func(context.Context) *graphql.Response { return nil }
			return resp
		case report.Streaming():
			report.StreamErr = err
			return nil
		case isBusy(err): // the resolvers would be as busy
			return report.Reject(ctx, s.conf.PresentError, err)
		case budget.From(ctx).Err() != nil: // the answer of the resolvers would be as large
			report.setFast(p)
			next = func(context.Context) *graphql.Response { return nil }
			return nil
		}
		report.setFallback(err)
		next = s.ExecutableSchema.Exec(ctx)
		return next(ctx)
	}
}

// isBusy reports whether an operation failed because too many others run: the client should try
// again later.
func isBusy(err error) bool {
	f, ok := errors.AsType[*fault.Error](err)
	return ok && f.Kind == fault.Unavailable && f.RetryAfter > 0
}

// errRejected is the error of a caller who cannot be confirmed.
var errRejected = errors.New("the caller is rejected")

// executeConfirmed runs a plan for a caller who is confirmed by the guards of the plan's snapshot, or
// before if the plan has no statements or if resolvers answer a part of it. If a guard does not pass, the
// caller is confirmed, and the plan runs again without guards.
func (s *Schema) executeConfirmed(ctx context.Context, p *plan, op *graphql.OperationContext) (*graphql.Response, error) {
	if len(p.statements) > 0 && p.resolverFields == nil {
		resp, err := s.execute(ctx, p, op)
		if !errors.Is(err, query.ErrGuard) || reportFrom(ctx).Streaming() {
			return resp, err
		}
	}
	if err := s.conf.Confirm(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", errRejected, err)
	}
	return s.execute(ctx, p, op)
}

// execute runs a plan and returns a panic as an error, so that the resolvers can answer.
func (s *Schema) execute(ctx context.Context, p *plan, op *graphql.OperationContext) (resp *graphql.Response, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	b := budget.From(ctx)
	ctx, guards := s.conf.Admit(ctx)
	x := &execution{
		ctx: ctx, guards: guards, schema: s, plan: p, op: op, scope: s.conf.Scope(ctx), report: reportFrom(ctx),
		budget: b, maxEncoded: encodedFactor * b.Limits().Bytes,
	}
	return x.run()
}

// An unsupportedError names a part of an operation that the fast path does not support.
type unsupportedError struct{ part string }

func (e *unsupportedError) Error() string { return "the fast path does not support " + e.part }

// An argumentError is the error of an argument. The resolvers repeat the operation, because
// they report the error only if the field has a parent row.
type argumentError struct{ error }

type reportKey struct{}

// WithReport returns a context for an operation that fills in r.
func WithReport(ctx context.Context, r *Report) context.Context {
	return context.WithValue(ctx, reportKey{}, r)
}

// EnsureReport returns the report of ctx, and a context with that report. If ctx has no report,
// it creates one.
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
