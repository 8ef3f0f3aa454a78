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

// Set replaces the token of an account, and clears a recorded failure. If verify is true, Canvas
// must accept the token first. Then Set returns the owner of the token. It changes nothing if
// Canvas does not accept the token.
func (a *Accounts) Set(ctx context.Context, account *db.Account, g canvas.Grant, verify bool) (owner canvas.User, err error) {
	base, err := baseURL(account)
	if err != nil {
		return owner, err
	}
	token := &unstoredToken{g, &a.conf, base, account.MomotorID}
	if verify {
		if owner, err = a.newClient(base, token, account.MomotorID).Self(ctx); err != nil {
			return owner, fmt.Errorf("verify the token: %w", err)
		}
	}
	row := sealGrant(a.conf.Key, account.MomotorID, token.Grant)
	if verify {
		row.ContactedAt = new(a.conf.Now().UTC())
	}
	return owner, a.conf.Store.UpsertCanvasAccess(ctx, row)
}

// SetAccessToken replaces the token of an account by a token that does not expire. It changes
// nothing if the account has this token already.
func (a *Accounts) SetAccessToken(ctx context.Context, account *db.Account, accessToken string) error {
	row, err := a.conf.Store.LoadCanvasAccess(ctx, account.MomotorID)
	if err == nil {
		if g, err := openGrant(a.conf.Key, row); err == nil && g.AccessToken == accessToken {
			return nil
		}
	} else if !errors.Is(err, fault.NotFound) {
		return err
	}
	const verify = false // the start of an instance must not depend on Canvas
	_, err = a.Set(ctx, account, canvas.Grant{AccessToken: accessToken}, verify)
	return err
}

// An unstoredToken is a token that is verified before it is stored. It serves one request.
type unstoredToken struct {
	canvas.Grant
	conf    *Config
	baseURL *url.URL
	account int64
}

// Token implements canvas.Tokens.
func (t *unstoredToken) Token(context.Context) (string, error) { return t.AccessToken, nil }

// Renew implements canvas.Tokens.
func (t *unstoredToken) Renew(ctx context.Context, _ string) (string, error) {
	if t.RefreshToken == "" {
		return "", &canvas.Error{Op: "read the owner of the token", Kind: canvas.ErrUnauthorized}
	}
	err := t.conf.checkRenewable(t.account, t.Grant)
	if err == nil {
		t.Grant, err = t.conf.refresh(ctx, t.baseURL, t.RefreshToken)
	}
	return t.AccessToken, err
}
