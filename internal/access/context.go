package access

import "context"

type contextKey struct{}

// WithPrincipal returns a context for serving a request of p.
func WithPrincipal(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// FromContext returns who makes the request; it is never nil. Without a
// principal in ctx it is nobody.
func FromContext(ctx context.Context) *Principal {
	if p, ok := ctx.Value(contextKey{}).(*Principal); ok && p != nil {
		return p
	}
	return &Principal{}
}
