package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

type nestedKey struct{}

// withNested returns a context for the arguments of a list, which says whether a connection contains the list.
func withNested(ctx context.Context, nested bool) context.Context {
	return context.WithValue(ctx, nestedKey{}, nested)
}

// isNested reports whether ctx says that a connection contains the list.
func isNested(ctx context.Context) bool {
	nested, _ := ctx.Value(nestedKey{}).(bool)
	return nested
}

// isInConnection reports whether a connection contains the field of the resolver. The number of the items does
// not matter, so that the length of a page follows from the document.
func isInConnection(ctx context.Context) bool {
	for fc := graphql.GetFieldContext(ctx).Parent; fc != nil; fc = fc.Parent {
		if f := fc.Field.Field; f != nil && isConnection(f.Definition.Type.Name()) {
			return true
		}
	}
	return false
}

// defaultPage returns the number of items of a page if the operation sets neither first nor last.
func (r *Resolver) defaultPage(ctx context.Context) *int {
	if isNested(ctx) {
		return &r.NestedPage
	}
	return &r.DefaultPage
}
