package graph

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/budget"
	"github.com/momotor/resultgraph/internal/fault"
)

// errorPresenter returns a function that converts an error of a resolver to the error for the
// client, with a message and the code of the fault. It logs each INTERNAL error, and each
// UNAVAILABLE error without a message for clients, with a new id. The message for the client
// contains the id instead of the cause.
func errorPresenter(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		var presented *gqlerror.Error
		if errors.As(err, &presented) && presented.Err == nil {
			return presented
		}
		if exceeded, ok := errors.AsType[*budget.ExceededError](err); ok {
			out := exceededError(exceeded)
			out.Path = graphql.GetPath(ctx)
			return out
		}
		err = query.WrapError(err)
		out := gqlerror.WrapPath(graphql.GetPath(ctx), err)
		d := fault.Describe(err)
		switch {
		case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
			d = fault.New(fault.Unavailable, "The operation took too long; request less data at once.")
		case d.Kind == fault.Internal, d.Kind == fault.Unavailable && d.Message == fault.Unavailable.Message:
			id := rand.Text()[:10]
			log.ErrorContext(ctx, "operation failed", "id", id, "path", out.Path.String(), "error", err)
			d = fault.New(d.Kind, fmt.Sprintf("%s (error %s in the server's log).", strings.TrimSuffix(d.Message, "."), id))
		}
		out.Message, out.Err, out.Extensions = d.Message, err, extensions(d)
		return out
	}
}

// clientError returns the GraphQL error that describes a failure to the client.
func clientError(f *fault.Error) *gqlerror.Error {
	return &gqlerror.Error{Message: f.Message, Extensions: extensions(f)}
}

// extensions returns the extensions of the GraphQL error for a failure.
func extensions(f *fault.Error) map[string]any {
	all := map[string]any{"code": f.Kind.Code}
	if f.Fields != nil {
		all["fields"] = f.Fields
	}
	if seconds := f.RetrySeconds(); seconds > 0 {
		all["retryAfter"] = seconds
	}
	return all
}

// panicRecoverer returns a function that logs a panic with its stack and converts it to an
// INTERNAL error.
func panicRecoverer(log *slog.Logger) graphql.RecoverFunc {
	return func(ctx context.Context, v any) error {
		log.ErrorContext(ctx, "resolver panicked", "value", fmt.Sprint(v), "stack", string(debug.Stack()))
		return fmt.Errorf("panic: %v", v)
	}
}
