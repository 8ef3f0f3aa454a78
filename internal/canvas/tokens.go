package canvas

import (
	"context"
	"log/slog"
)

// Tokens hands out the access token of the account in whose name the client asks. The
// caller keeps tokens, and must be safe for use by several goroutines.
type Tokens interface {
	// Token is the access token as it is known now.
	Token(ctx context.Context) (access string, err error)
	// Renew is called when Canvas no longer accepts stale, and gives the token that
	// replaces it. When another goroutine or server has replaced stale already, it gives
	// that one, and asks Canvas for none. When there is no way to a new one, its error is
	// ErrUnauthorized.
	Renew(ctx context.Context, stale string) (access string, err error)
}

// Fixed is a token that somebody made by hand in Canvas. It cannot be renewed.
func Fixed(access string) Tokens { return fixed(access) }

type fixed string

func (f fixed) Token(context.Context) (string, error) { return string(f), nil }

func (f fixed) Renew(context.Context, string) (string, error) {
	return "", &Error{
		Op: "renew the token", Kind: ErrUnauthorized,
		Message: "this token was made by hand and cannot be renewed: make a new one in Canvas and store it",
	}
}

// String keeps the token out of every log and message.
func (f fixed) String() string { return "[token]" }

// GoString keeps the token out of every log and message.
func (f fixed) GoString() string { return "[token]" }

// LogValue keeps the token out of every log and message.
func (f fixed) LogValue() slog.Value { return slog.StringValue("[token]") }
