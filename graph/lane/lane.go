// Package lane answers GraphQL queries without gqlgen's generated code: it compiles an
// operation into a plan, which reads each level of the answer with one statement and
// appends the rows to the answer as JSON, without structs, reflection or contexts.
//
// The resolvers stay the reference, and the lane has no rules of its own: statements come
// from the same edges of db, arguments from the same relations, computed fields from the
// same functions. What it does not know it leaves to the resolvers, and so it does with
// everything that goes wrong before the answer has begun: their errors are the errors.
package lane

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/cells"
)

// A Relation is a field of the schema that leads from rows to rows.
type Relation struct {
	Link db.Link
	// Key names the columns of the parent's row that make the link's key.
	Key []string
	// Params reads the field's arguments.
	Params func(ctx context.Context, args map[string]any) (db.Params, error)
}

// A Computed is a field of the schema that is computed from columns of its row.
type Computed struct {
	Columns []string
	// Append appends the value as JSON. The cells are those of Columns.
	Append func(ctx context.Context, b []byte, cells [][]byte) ([]byte, error)
}

// A Config says what a Lane works with. Relations and Computed are by type and field, as
// in Course.assignments.
type Config struct {
	Store     *db.Store
	Scope     func(context.Context) db.Scope
	Relations map[string]Relation
	Computed  map[string]Computed
	// Plans returns where the plans of a document are kept, nil for one that is not.
	Plans func(*ast.QueryDocument) *Plans
}

// A Lane is an executable schema that answers what it knows by itself and leaves the rest
// to the one in it.
type Lane struct {
	graphql.ExecutableSchema
	conf  Config
	large chan struct{} // has room for as many large operations as may run at a time
}

// New returns a lane beside the resolvers of es.
func New(es graphql.ExecutableSchema, conf Config) *Lane {
	return &Lane{es, conf, make(chan struct{}, mostLarge)}
}

// Exec implements graphql.ExecutableSchema.
func (l *Lane) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	report := reportOf(ctx)
	p, err := l.plan(op, form(cells.Wanted(ctx)))
	if err != nil {
		report.left(err)
		return l.ExecutableSchema.Exec(ctx)
	}
	var rest graphql.ResponseHandler
	return func(ctx context.Context) *graphql.Response {
		if rest != nil {
			return rest(ctx)
		}
		data, err := l.run(ctx, p, op)
		switch {
		case err == nil:
			report.fast = true
			rest = func(context.Context) *graphql.Response { return nil }
			return &graphql.Response{Data: data}
		case report.Begun():
			report.Broken = err
			return nil
		}
		report.left(err)
		rest = l.ExecutableSchema.Exec(ctx)
		return rest(ctx)
	}
}

// run runs a plan. A panic is an error of it, and no reason for no answer.
func (l *Lane) run(ctx context.Context, p *plan, op *graphql.OperationContext) (data []byte, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	r := &run{ctx: ctx, lane: l, plan: p, vars: op.Variables, scope: l.conf.Scope(ctx), report: reportOf(ctx)}
	return r.answer()
}

// An unknownError says what of an operation the lane does not know.
type unknownError struct{ what string }

func (e *unknownError) Error() string { return "the fast lane does not know " + e.what }

// A refusedError is that of an argument. What to do about it depends on whether there is
// anything to apply it to, and the resolvers know that.
type refusedError struct{ error }

type reportKey struct{}

// WithReport returns a context whose operation is reported on.
func WithReport(ctx context.Context, r *Report) context.Context {
	return context.WithValue(ctx, reportKey{}, r)
}

// Reported returns a context whose operation is reported on, with the report that it has
// already or a new one.
func Reported(ctx context.Context) (context.Context, *Report) {
	if r, ok := ctx.Value(reportKey{}).(*Report); ok {
		return ctx, r
	}
	r := &Report{}
	return WithReport(ctx, r), r
}

func reportOf(ctx context.Context) *Report {
	if r, ok := ctx.Value(reportKey{}).(*Report); ok {
		return r
	}
	return &Report{}
}
