package access

import "context"

type contextKey struct{}

// WithAuthentication returns a context with the authentication of the caller.
func WithAuthentication(ctx context.Context, a *Authentication) context.Context {
	recordCaller(ctx, a)
	return context.WithValue(ctx, contextKey{}, a)
}

// WithPrincipal returns a context whose caller is p, and is confirmed.
func WithPrincipal(ctx context.Context, p *Principal) context.Context {
	if p == nil {
		p = anonymous
	}
	return WithAuthentication(ctx, confirmedAs(p))
}

var (
	anonymous   = &Principal{}
	anonymously = confirmedAs(anonymous)
)

// AuthenticationOf returns the authentication of the caller. It is never nil; a context without one has
// an anonymous caller.
func AuthenticationOf(ctx context.Context) *Authentication {
	if a, ok := ctx.Value(contextKey{}).(*Authentication); ok {
		return a
	}
	return anonymously
}

// FromContext returns the caller, whose rights are confirmed. It is never nil; a context without a caller
// has an anonymous one. FromContext panics if the caller is not confirmed, so that no code uses rights
// that the caller may have lost: call [Confirm] before.
func FromContext(ctx context.Context) *Principal {
	p := AuthenticationOf(ctx).confirmed.Load()
	if p == nil {
		panic("access.FromContext: the caller is not confirmed")
	}
	return p
}

// PresumedCaller returns the caller, confirmed or not: see [Authentication.Remembered].
func PresumedCaller(ctx context.Context) *Principal {
	if p := AuthenticationOf(ctx).Remembered(); p != nil {
		return p
	}
	return FromContext(ctx)
}

// IdentityOf returns who the caller is, confirmed or not.
func IdentityOf(ctx context.Context) Identity { return AuthenticationOf(ctx).Identity() }

// Confirm confirms the caller: see [Authentication.Confirm]. Its error is a fault for the client.
func Confirm(ctx context.Context) error {
	return Fault(AuthenticationOf(ctx).Confirm(ctx))
}
