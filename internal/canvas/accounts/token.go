package accounts

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/panics"
)

const (
	expiryMargin   = time.Minute            // how long before its expiry a token is read again
	refreshTimeout = 20 * time.Second       // for one request to Canvas for a new token
	renewalLease   = time.Minute            // how long one instance keeps the others from renewing a token
	renewalPoll    = 100 * time.Millisecond // between reads while another instance renews the token
	renewalTimeout = 2 * time.Minute        // for a renewal in total
)

// A storedToken is the token of an account. The current token is in the store; the cached one
// saves reads.
type storedToken struct {
	conf     *Config
	account  int64
	baseURL  *url.URL
	renewals singleflight.Group

	mu     sync.Mutex
	cached canvas.Grant
}

// Token implements canvas.Tokens.
func (t *storedToken) Token(ctx context.Context) (string, error) {
	t.mu.Lock()
	g := t.cached
	t.mu.Unlock()
	if g.AccessToken != "" && (g.ExpiresAt.IsZero() || t.conf.Now().Before(g.ExpiresAt.Add(-expiryMargin))) {
		return g.AccessToken, nil
	}
	return t.load(ctx)
}

// load reads the access token from the store.
func (t *storedToken) load(ctx context.Context) (string, error) {
	_, g, err := t.loadGrant(ctx)
	return g.AccessToken, err
}

func (t *storedToken) loadGrant(ctx context.Context) (*db.CanvasAccess, canvas.Grant, error) {
	row, err := t.conf.Store.LoadCanvasAccess(ctx, t.account)
	if errors.Is(err, fault.NotFound) {
		err = notConfiguredError{fmt.Errorf("account %d has no Canvas token: run “resultgraph account set %[1]d”", t.account)}
	}
	var g canvas.Grant
	if err == nil {
		g, err = openGrant(t.conf.Key, row)
	}
	t.cache(g)
	return row, g, err
}

func (t *storedToken) cache(g canvas.Grant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cached = g
}

// Renew implements canvas.Tokens. Concurrent callers get the same token. A renewal that has
// started is completed even when no caller waits any more, because Canvas may have
// invalidated the old token.
func (t *storedToken) Renew(ctx context.Context, stale string) (string, error) {
	renewal := t.renewals.DoChan(stale, func() (accessToken any, err error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewalTimeout)
		defer cancel()
		err = panics.Recover(func() error {
			accessToken, err = t.renew(ctx, stale)
			return err
		})
		return accessToken, err
	})
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case result := <-renewal:
		accessToken, _ := result.Val.(string)
		return accessToken, result.Err
	}
}

// renew returns a token that replaces a stale one: the token in the store if it differs, else
// a new token. It waits while another instance renews the token, because a new token invalidates
// the old one.
func (t *storedToken) renew(ctx context.Context, stale string) (string, error) {
	for {
		row, g, err := t.loadGrant(ctx)
		if err != nil || g.AccessToken != stale {
			return g.AccessToken, err
		}
		if err := t.conf.checkRenewable(t.account, g); err != nil {
			return "", err
		}
		claimed, err := t.conf.Store.ClaimRenewal(ctx, row, renewalLease)
		if err == nil && claimed {
			err = t.exchange(ctx, row, g)
		} else if err == nil {
			err = t.conf.Sleep(ctx, renewalPoll)
		}
		if err != nil {
			return "", err
		}
	}
}

// exchange requests a new token and stores it if the old one is still in the store.
func (t *storedToken) exchange(ctx context.Context, row *db.CanvasAccess, old canvas.Grant) error {
	g, err := t.conf.refresh(ctx, t.baseURL, old.RefreshToken)
	var renewed *db.CanvasAccess
	if err == nil {
		renewed = sealGrant(t.conf.Key, t.account, g)
	}
	stored, finishErr := t.conf.Store.FinishRenewal(ctx, row, renewed)
	if err == nil && finishErr == nil && stored {
		t.conf.Log.InfoContext(ctx, "renewed a Canvas token", "account", t.account, "expires", g.ExpiresAt)
	}
	return errors.Join(err, finishErr)
}

// refresh requests a new token from Canvas.
func (c *Config) refresh(ctx context.Context, base *url.URL, refreshToken string) (canvas.Grant, error) {
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	return canvas.Refresh(ctx, &http.Client{Transport: c.Transport}, base, c.ClientID, c.ClientSecret, refreshToken, c.Now)
}

// checkRenewable returns an error if a token cannot be renewed.
func (c *Config) checkRenewable(account int64, g canvas.Grant) error {
	e := &canvas.Error{Op: "renew the access token", Kind: canvas.ErrUnauthorized}
	switch {
	case g.RefreshToken == "":
		e.Message = fmt.Sprintf("the account has no refresh token: set a new token with “resultgraph account set %d”", account)
	case c.ClientID == "" || c.ClientSecret == "":
		e.Message = "set the developer key of the token with --canvas-client-id and --canvas-client-secret"
	default:
		return nil
	}
	return e
}
