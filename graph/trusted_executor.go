package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// A trustedExecutor runs documents that are part of the program. The guard's limits do not apply to
// them, and they stay in the query cache.
//
// Only CreateOperationContext marks a context as trusted, and only for the time of the call. The
// HTTP handler has the plain executor, so requests of clients are never trusted.
type trustedExecutor struct{ graphql.GraphExecutor }

// CreateOperationContext parses and validates a trusted document.
func (e trustedExecutor) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	return e.GraphExecutor.CreateOperationContext(withTrusted(ctx), params)
}

type trustedKey struct{}

func withTrusted(ctx context.Context) context.Context {
	return context.WithValue(ctx, trustedKey{}, true)
}

// isTrusted reports whether the document comes from a trustedExecutor.
func isTrusted(ctx context.Context) bool {
	trusted, _ := ctx.Value(trustedKey{}).(bool)
	return trusted
}
