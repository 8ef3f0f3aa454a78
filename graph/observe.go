package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/graph/fastpath"
)

// An Outcome says how an operation was answered. Its values are constants of the program:
// none comes from the request or from data.
type Outcome struct {
	// Path is fast, resolvers, mixed when both answered a part, or none for an operation that
	// did not run.
	Path string
	// Reason is why the fast path did not answer, or did not complete its answer. For the
	// path resolvers it is disabled, unsupported, argument or error; for fast it is aborted
	// or empty; for none it is rejected or cancelled.
	Reason string
	// Codes are the extensions.code of the errors, "" for an error without a code.
	Codes []string
}

// An observer passes the outcome of every operation of every transport to a function.
type observer struct{ observe func(Outcome) }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationInterceptor
	graphql.ResponseInterceptor
} = observer{}

// A startedKey is in the context of an operation that runs.
type startedKey struct{}

// ExtensionName implements graphql.HandlerExtension.
func (observer) ExtensionName() string { return "Observer" }

// Validate implements graphql.HandlerExtension. It accepts every schema.
func (observer) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptOperation reports an operation that runs when its answer is complete. Queries and
// mutations have one answer each.
func (o observer) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	ctx, report := fastpath.EnsureReport(context.WithValue(ctx, startedKey{}, true))
	respond := next(ctx)
	return func(ctx context.Context) *graphql.Response {
		resp := respond(ctx)
		o.observe(outcomeOf(report, resp))
		return resp
	}
}

// InterceptResponse reports an operation that was rejected before it ran.
func (o observer) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	resp := next(ctx)
	if ctx.Value(startedKey{}) == nil && resp != nil {
		o.observe(Outcome{Path: "none", Reason: "rejected", Codes: codesOf(resp.Errors)})
	}
	return resp
}

func outcomeOf(report *fastpath.Report, resp *graphql.Response) Outcome {
	switch reason := report.FallbackReason(); {
	case report.StreamErr != nil:
		return Outcome{Path: "fast", Reason: "aborted"}
	case resp == nil:
		return Outcome{Path: "none", Reason: "cancelled"}
	case report.Mixed():
		return Outcome{Path: "mixed", Reason: "unsupported", Codes: codesOf(resp.Errors)}
	case report.Fast():
		return Outcome{Path: "fast", Codes: codesOf(resp.Errors)}
	case reason == "":
		return Outcome{Path: "resolvers", Reason: "disabled", Codes: codesOf(resp.Errors)}
	default:
		return Outcome{Path: "resolvers", Reason: reason, Codes: codesOf(resp.Errors)}
	}
}

func codesOf(errs gqlerror.List) []string {
	codes := make([]string, len(errs))
	for i, err := range errs {
		codes[i], _ = err.Extensions["code"].(string)
	}
	return codes
}
