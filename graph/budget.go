package graph

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/graph/budget"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/fault"
)

// trustedBudget limits a trusted operation, such as one page of a list of the REST API. It does not
// depend on the limits of clients: the operations of the program are complete by contract.
var trustedBudget = budget.Limits{Values: 8_000_000, Bytes: 256 << 20}

// A budgeter runs each operation with a budget. A query that exceeds it gets one error, which names
// the limit, instead of its answer. A query whose context ends while its answer is encoded gets no
// answer, so that the transport reports the reason. A mutation that ran always gets data, so that its
// client does not repeat a change that was made.
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
	mutation := isMutation(ctx)
	return func(ctx context.Context) *graphql.Response {
		defer b.End()
		resp := respond(ctx)
		switch err := b.Err(); {
		case report.Streaming():
			return resp
		case err != nil && mutation && resp != nil:
			return exceededMutation(resp, b.Incomplete(), err)
		case err != nil:
			return &graphql.Response{Errors: gqlerror.List{exceededError(err)}}
		case b.Incomplete():
			return nil
		}
		return resp
	}
}

// InterceptRootField bounds the encoding of the field, which gqlgen does after all resolvers.
func (budgeter) InterceptRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	m := next(ctx)
	if m == graphql.Null || m == graphql.RequiredNull { // gqlgen compares them
		return m
	}
	if isMutation(ctx) { // only the budget ends the encoding
		ctx = context.WithoutCancel(ctx)
	}
	return boundedMarshaler{ctx, m}
}

func isMutation(ctx context.Context) bool {
	return graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation
}

// exceededMutation returns the response to a mutation that exceeded its budget. It keeps the errors of
// root fields, which say which changes were not made. The data is null if it is incomplete, because no
// root field can be null.
func exceededMutation(resp *graphql.Response, incomplete bool, exceeded *budget.ExceededError) *graphql.Response {
	if incomplete {
		resp.Data = []byte("null")
	}
	resp.Errors = slices.DeleteFunc(resp.Errors, func(err *gqlerror.Error) bool { return len(err.Path) > 1 })
	resp.Errors = append(resp.Errors, exceededError(exceeded))
	return resp
}

// exceededError returns the error for the client about an exceeded budget.
func exceededError(exceeded *budget.ExceededError) *gqlerror.Error {
	message := "The response has more than %d values; request smaller pages or select fewer fields."
	if exceeded.Limit == "replyBytes" {
		message = "The response has more than %d bytes; request smaller pages or select fewer fields."
	}
	out := limitError(exceeded.Limit, exceeded.Maximum, message, exceeded.Maximum)
	out.Err = fault.New(fault.BadInput, out.Message)
	return out
}
