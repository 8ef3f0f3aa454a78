package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/graph/lane"
)

// An Outcome is how an operation went. All of its words are from small sets of ours: none
// come from the request or from data.
type Outcome struct {
	// Lane is who answered: fast, resolvers, or none for an operation that did not run.
	Lane string
	// Reason is why it was not the fast lane that answered, or that it could not complete
	// the answer: off, unknown, argument or error; broken; refused or cancelled for none.
	Reason string
	// Codes are the extensions.code of the errors, "" for one without.
	Codes []string
}

// An observer tells of all operations, those of other transports included.
type observer struct{ observe func(Outcome) }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationInterceptor
	graphql.ResponseInterceptor
} = observer{}

// runsKey is in the context of an operation that runs.
type runsKey struct{}

// ExtensionName implements graphql.HandlerExtension.
func (observer) ExtensionName() string { return "Observer" }

// Validate implements graphql.HandlerExtension. Every schema will do.
func (observer) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptOperation tells of an operation that runs, once its answer is there. Those that
// are read and written by operations here have one answer each.
func (o observer) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	ctx, report := lane.Reported(context.WithValue(ctx, runsKey{}, true))
	respond := next(ctx)
	return func(ctx context.Context) *graphql.Response {
		resp := respond(ctx)
		o.observe(outcome(report, resp))
		return resp
	}
}

// InterceptResponse tells of an operation that was refused.
func (o observer) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	resp := next(ctx)
	if ctx.Value(runsKey{}) == nil && resp != nil {
		o.observe(Outcome{Lane: "none", Reason: "refused", Codes: codesOf(resp.Errors)})
	}
	return resp
}

func outcome(report *lane.Report, resp *graphql.Response) Outcome {
	switch reason := report.Reason(); {
	case report.Broken != nil:
		return Outcome{Lane: "fast", Reason: "broken"}
	case resp == nil:
		return Outcome{Lane: "none", Reason: "cancelled"}
	case report.Fast():
		return Outcome{Lane: "fast", Codes: codesOf(resp.Errors)}
	case reason == "":
		return Outcome{Lane: "resolvers", Reason: "off", Codes: codesOf(resp.Errors)}
	default:
		return Outcome{Lane: "resolvers", Reason: reason, Codes: codesOf(resp.Errors)}
	}
}

func codesOf(errs gqlerror.List) []string {
	codes := make([]string, len(errs))
	for i, err := range errs {
		codes[i], _ = err.Extensions["code"].(string)
	}
	return codes
}
