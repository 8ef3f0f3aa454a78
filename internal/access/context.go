package access

import "context"

type contextKey struct{}

// WithPrincipal returns a context whose caller is p.
func WithPrincipal(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// FromContext returns the caller. It is never nil; a context without a principal has an
// anonymous one.
func FromContext(ctx context.Context) *Principal {
	if p, ok := ctx.Value(contextKey{}).(*Principal); ok && p != nil {
		return p
	}
	return &Principal{}
}
