package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// A trustedExecutor runs documents that are part of the program. The limits of the guard do not
// apply to these documents, the query cache never evicts them, and their lists without pages are
// complete. An operation that CreateOperationContext has returned must run with DispatchOperation.
//
// Only these methods mark a context as trusted. The HTTP handler does not use a trustedExecutor, so
// the documents of clients are never trusted.
type trustedExecutor struct{ graphql.GraphExecutor }

// CreateOperationContext parses and validates a trusted document.
func (e trustedExecutor) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	return e.GraphExecutor.CreateOperationContext(withTrusted(ctx), params)
}

// DispatchOperation runs an operation of a trusted document.
func (e trustedExecutor) DispatchOperation(ctx context.Context, op *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	return e.GraphExecutor.DispatchOperation(withTrusted(ctx), op)
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
