package graph

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/slots"
)

// maxCallerWait is the time that an operation waits for other operations of the same caller.
const maxCallerWait = 2 * time.Second

var errCallerLimit = &fault.Error{
	Kind: fault.RateLimited, RetryAfter: maxCallerWait,
	Message: "Too many operations of this API key run at the same time: wait for their responses before you send others.",
}

// A callerLimit limits the operations of each caller that run at the same time, including those
// behind REST routes. Other operations of the caller wait in their order for maxCallerWait, and then
// fail with fault.RateLimited. A callerLimit knows only authenticated callers, so nobody can use up
// the limit of another caller.
type callerLimit struct {
	slots   *slots.Group[access.Identity]
	present graphql.ErrorPresenterFunc
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationInterceptor
} = (*callerLimit)(nil)

// newCallerLimit returns a limit of maximum operations for each caller.
func newCallerLimit(maximum int, present graphql.ErrorPresenterFunc) *callerLimit {
	return &callerLimit{slots.NewGroup[access.Identity](maximum, maxCallerWait, errCallerLimit), present}
}

// ExtensionName implements graphql.HandlerExtension.
func (*callerLimit) ExtensionName() string { return "CallerLimit" }

// Validate implements graphql.HandlerExtension. It accepts every schema.
func (*callerLimit) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptOperation lets an operation run once its caller has a free slot.
func (l *callerLimit) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	respond := next(ctx)
	return func(ctx context.Context) *graphql.Response {
		release, err := l.acquire(ctx, access.IdentityOf(ctx))
		if err != nil {
			_, report := fastpath.EnsureReport(ctx)
			return report.Reject(ctx, l.present, err)
		}
		defer release()
		return respond(ctx)
	}
}

// acquire takes a slot of a caller. Callers that are not authenticated need none, because they can
// read nothing.
func (l *callerLimit) acquire(ctx context.Context, caller access.Identity) (release func(), err error) {
	if caller.Kind == access.Anonymous {
		return func() {}, nil
	}
	return l.slots.Acquire(ctx, caller)
}
