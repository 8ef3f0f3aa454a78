package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/graph/fastpath"
)

// An OperationOutcome describes how an operation was answered. Path and Reason are constants of
// this program; they never contain text of the request or of the data.
//
//	Path         Reason           meaning
//	"unchanged"  ""               the client has the answer already
//	"cache"      ""               the answer was in the cache
//	"fast"       ""               the fast path answered
//	"fast"       "aborted"        an error interrupted a streamed answer
//	"mixed"      "unsupported"    the resolvers answered the root fields that the fast path does not support
//	"resolvers"  "disabled"       the fast path was disabled
//	"resolvers"  "unsupported"    the fast path does not support the operation
//	"resolvers"  "argument"       an argument is invalid
//	"resolvers"  "error"          the fast path failed
//	"none"       "rejected"       the operation was rejected before it ran, also because the server was busy
//	"none"       "cancelled"      the client cancelled the request
type OperationOutcome struct {
	Path, Reason string
	// Codes has the extensions.code of each error, "" for an error without a code.
	Codes []string
}

// An observer calls observe with the outcome of every operation, for all transports.
type observer struct{ observe func(OperationOutcome) }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationInterceptor
	graphql.ResponseInterceptor
} = observer{}

// startedKey is the context key that marks an operation that has started to run.
type startedKey struct{}

// ExtensionName implements graphql.HandlerExtension.
func (observer) ExtensionName() string { return "Observer" }

// Validate implements graphql.HandlerExtension. It accepts every schema.
func (observer) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptOperation reports each operation that runs, once its answer is complete. Queries and
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
		o.observe(OperationOutcome{Path: "none", Reason: "rejected", Codes: codesOf(resp.Errors)})
	}
	return resp
}

func outcomeOf(report *fastpath.Report, resp *graphql.Response) OperationOutcome {
	switch reason := report.FallbackReason(); {
	case report.StreamErr != nil:
		return OperationOutcome{Path: "fast", Reason: "aborted"}
	case resp == nil:
		return OperationOutcome{Path: "none", Reason: "cancelled"}
	case report.Repeated != "":
		return OperationOutcome{Path: report.Repeated}
	case report.Rejected():
		return OperationOutcome{Path: "none", Reason: "rejected", Codes: codesOf(resp.Errors)}
	case report.Mixed():
		return OperationOutcome{Path: "mixed", Reason: "unsupported", Codes: codesOf(resp.Errors)}
	case report.Fast():
		return OperationOutcome{Path: "fast", Codes: codesOf(resp.Errors)}
	case reason == "":
		return OperationOutcome{Path: "resolvers", Reason: "disabled", Codes: codesOf(resp.Errors)}
	default:
		return OperationOutcome{Path: "resolvers", Reason: reason, Codes: codesOf(resp.Errors)}
	}
}

func codesOf(errs gqlerror.List) []string {
	codes := make([]string, len(errs))
	for i, err := range errs {
		codes[i], _ = err.Extensions["code"].(string)
	}
	return codes
}
