package canvas

import "context"

// Tokens provides the access token of a client. Implementations must be safe for concurrent
// use.
type Tokens interface {
	// Token returns the current access token.
	Token(ctx context.Context) (access string, err error)
	// Renew returns the token that replaces stale, which Canvas no longer accepts. If another
	// goroutine or instance has replaced stale already, it returns that token without a
	// request to Canvas. The error is ErrUnauthorized if the token cannot be renewed.
	Renew(ctx context.Context, stale string) (access string, err error)
}
