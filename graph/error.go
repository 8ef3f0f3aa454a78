package graph

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/internal/fault"
)

// present turns an error of a resolver into what the client gets: a message, and the
// code of its fault. What is INTERNAL, or UNAVAILABLE without a reason of our own, is
// logged under an id, and only the id is told.
func present(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		var ready *gqlerror.Error
		if errors.As(err, &ready) && ready.Err == nil {
			return ready
		}
		out := gqlerror.WrapPath(graphql.GetPath(ctx), err)
		d := fault.Describe(err)
		switch {
		case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
			d = fault.New(fault.Unavailable, "The operation took too long: request less data at once.")
		case d.Kind == fault.Internal, d.Kind == fault.Unavailable && d.Message == fault.Unavailable.Message:
			id := rand.Text()[:10]
			log.ErrorContext(ctx, "operation failed", "id", id, "path", out.Path.String(), "error", err)
			d = fault.New(d.Kind, fmt.Sprintf("%s The log explains it under id %s.", d.Message, id))
		}
		out.Message, out.Err = d.Message, err
		out.Extensions = map[string]any{"code": d.Kind.Code}
		if d.Fields != nil {
			out.Extensions["fields"] = d.Fields
		}
		if d.RetryAfter > 0 {
			out.Extensions["retryAfter"] = int(math.Ceil(d.RetryAfter.Seconds()))
		}
		return out
	}
}

// recovered makes a panic an INTERNAL error; its stack goes to the log.
func recovered(log *slog.Logger) graphql.RecoverFunc {
	return func(ctx context.Context, v any) error {
		log.ErrorContext(ctx, "panic", "value", fmt.Sprint(v), "stack", string(debug.Stack()))
		return fmt.Errorf("panic: %v", v)
	}
}
