package accounts

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/fault"
)

// Set lets the Canvas of an account be reached with a token, in place of what was there; a
// failure that was recorded is forgotten. With check, Canvas must accept the token first:
// whose it is comes back, and when it does not, nothing is changed.
func (a *Accounts) Set(ctx context.Context, of *db.Account, g canvas.Grant, check bool) (owner canvas.User, err error) {
	base, err := address(of)
	if err != nil {
		return owner, err
	}
	tokens := &trial{g, &a.conf, base, of.MomotorID}
	if check {
		if owner, err = a.client(base, tokens, of.MomotorID).Self(ctx); err != nil {
			return owner, fmt.Errorf("try the token: %w", err)
		}
	}
	row := sealed(a.conf.Key, of.MomotorID, tokens.Grant)
	if check {
		row.ContactedAt = new(a.conf.Now().UTC())
	}
	return owner, a.conf.Store.UpsertCanvasAccess(ctx, row)
}

// Keep lets the Canvas of an account be reached with a token that does not expire. If that
// is the token that is there, nothing is changed.
func (a *Accounts) Keep(ctx context.Context, of *db.Account, access string) error {
	row, err := a.conf.Store.LoadCanvasAccess(ctx, of.MomotorID)
	if err == nil {
		if g, err := unsealed(a.conf.Key, row); err == nil && g.AccessToken == access {
			return nil
		}
	} else if !errors.Is(err, fault.NotFound) {
		return err
	}
	_, err = a.Set(ctx, of, canvas.Grant{AccessToken: access}, false)
	return err
}

// A trial is a token that is not in the store yet. It is used by one request.
type trial struct {
	canvas.Grant
	conf    *Config
	base    *url.URL
	account int64
}

// Token implements canvas.Tokens.
func (t *trial) Token(context.Context) (string, error) { return t.AccessToken, nil }

// Renew implements canvas.Tokens.
func (t *trial) Renew(ctx context.Context, _ string) (string, error) {
	if t.RefreshToken == "" {
		return "", &canvas.Error{Op: "ask whose it is", Kind: canvas.ErrUnauthorized}
	}
	err := t.conf.renewable(t.account, t.Grant)
	if err == nil {
		t.Grant, err = t.conf.refresh(ctx, t.base, t.RefreshToken)
	}
	return t.AccessToken, err
}
