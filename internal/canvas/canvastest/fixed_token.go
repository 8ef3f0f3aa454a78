package canvastest

import (
	"context"

	"github.com/momotor/resultgraph/internal/canvas"
)

// FixedToken implements canvas.Tokens with an access token that cannot be renewed.
type FixedToken string

// Token returns the token.
func (t FixedToken) Token(context.Context) (string, error) { return string(t), nil }

// Renew fails with canvas.ErrUnauthorized.
func (t FixedToken) Renew(context.Context, string) (string, error) {
	return "", &canvas.Error{Op: "renew the token", Kind: canvas.ErrUnauthorized}
}
