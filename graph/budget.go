package graph

import (
	"context"
	"errors"
	"io"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/graph/budget"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/fault"
)

// trustedBudget limits a trusted operation, such as one page of a list of the REST API. It does not
// depend on the limits of clients: the operations of the program are complete by contract.
var trustedBudget = budget.Limits{Values: 8_000_000, Bytes: 256 << 20}

// A budgeter runs each operation with a budget. An operation that exceeds it gets one error, which
// names the limit, instead of its answer. An operation whose context ends while its answer is encoded
// gets no answer, so that the transport reports the reason.
type budgeter struct{ client budget.Limits }

func newBudgeter(lim Limits) budgeter {
	return budgeter{budget.Limits{Values: lim.Values, Bytes: int64(lim.ReplyBytes)}}
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationInterceptor
	graphql.RootFieldInterceptor
} = budgeter{}

// ExtensionName implements graphql.HandlerExtension.
func (budgeter) ExtensionName() string { return "Budgeter" }

// Validate implements graphql.HandlerExtension. It accepts every schema.
func (budgeter) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptOperation runs an operation with its budget.
func (bs budgeter) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	limits := bs.client
	if isTrusted(ctx) {
		limits = trustedBudget
	}
	ctx, report := fastpath.EnsureReport(ctx)
	ctx, b := budget.New(ctx, limits)
	respond := next(ctx)
	return func(ctx context.Context) *graphql.Response {
		defer b.End()
		resp := respond(ctx)
		switch err := b.Err(); {
		case report.Streaming():
			return resp
		case err != nil:
			return &graphql.Response{Errors: gqlerror.List{exceededError(err)}}
		case b.Incomplete():
			return nil
		}
		return resp
	}
}

// exceededError returns the error for the client about an exceeded budget.
func exceededError(err error) *gqlerror.Error {
	var exceeded *budget.ExceededError
	errors.As(err, &exceeded)
	message := "The response has more than %d values; request smaller pages or select fewer fields."
	if exceeded.Limit == "replyBytes" {
		message = "The response has more than %d bytes; request smaller pages or select fewer fields."
	}
	out := limitError(exceeded.Limit, exceeded.Maximum, message, exceeded.Maximum)
	out.Err = fault.New(fault.BadInput, out.Message)
	return out
}

// InterceptRootField bounds the encoding of the field, which gqlgen does after all resolvers.
func (budgeter) InterceptRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	m := next(ctx)
	if m == graphql.Null || m == graphql.RequiredNull { // gqlgen compares them
		return m
	}
	return boundedMarshaler{ctx, m}
}

// A boundedMarshaler encodes a value until its operation exceeds its budget or the context is done.
type boundedMarshaler struct {
	ctx context.Context
	graphql.Marshaler
}

// errStopped is the panic that ends the encoding, because gqlgen ignores the errors of writers.
var errStopped = errors.New("the encoding was stopped")

// MarshalGQL implements graphql.Marshaler.
func (m boundedMarshaler) MarshalGQL(to io.Writer) {
	b := budget.From(m.ctx)
	defer func() {
		if v := recover(); v == errStopped {
			b.SetIncomplete()
		} else if v != nil {
			panic(v)
		}
	}()
	w := &boundedWriter{m.ctx, b, to, 0}
	m.Marshaler.MarshalGQL(w)
	w.check()
}

// A boundedWriter counts the bytes that it writes. It panics with errStopped when the operation must
// end.
type boundedWriter struct {
	ctx     context.Context
	budget  *budget.Budget
	to      io.Writer
	pending int // the number of bytes since the last check
}

// checkInterval is the number of bytes after which a boundedWriter checks whether to stop.
const checkInterval = 16 << 10

func (w *boundedWriter) Write(p []byte) (int, error) {
	if w.pending += len(p); w.pending >= checkInterval {
		w.check()
	}
	return w.to.Write(p)
}

func (w *boundedWriter) check() {
	if w.budget.AddBytes(w.pending) != nil || w.ctx.Err() != nil {
		panic(errStopped)
	}
	w.pending = 0
}
