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

// How tokens are renewed.
const (
	nearEnd      = time.Minute            // so long before its end a token is read again
	renewalTime  = 20 * time.Second       // that Canvas may take for a new token
	renewalClaim = time.Minute            // that others let a program renew a token
	renewalLook  = 100 * time.Millisecond // between looks at what another program renews
	renewalLimit = 2 * time.Minute        // for all of it
)

// A token is that of an account, as the store has it: the truth is there, and what is kept
// here only spares a look at it.
type token struct {
	conf    *Config
	account int64
	base    *url.URL
	flights singleflight.Group

	mu   sync.Mutex
	kept canvas.Grant
}

// Token implements canvas.Tokens.
func (t *token) Token(ctx context.Context) (string, error) {
	t.mu.Lock()
	g := t.kept
	t.mu.Unlock()
	if g.AccessToken != "" && (g.ExpiresAt.IsZero() || t.conf.Now().Before(g.ExpiresAt.Add(-nearEnd))) {
		return g.AccessToken, nil
	}
	return t.read(ctx)
}

// read takes the token from the store.
func (t *token) read(ctx context.Context) (string, error) {
	_, g, err := t.stored(ctx)
	return g.AccessToken, err
}

func (t *token) stored(ctx context.Context) (*db.CanvasAccess, canvas.Grant, error) {
	row, err := t.conf.Store.LoadCanvasAccess(ctx, t.account)
	if errors.Is(err, fault.NotFound) {
		err = notConfiguredError{fmt.Errorf("the Canvas of account %d is not set up: run “resultgraph account set %[1]d”", t.account)}
	}
	var g canvas.Grant
	if err == nil {
		g, err = unsealed(t.conf.Key, row)
	}
	t.keep(g)
	return row, g, err
}

func (t *token) keep(g canvas.Grant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = g
}

// Renew implements canvas.Tokens. All who ask at once get the same token. A renewal that
// has begun is brought to its end though nobody waits for it any more: Canvas may have
// ended the token before.
func (t *token) Renew(ctx context.Context, stale string) (string, error) {
	done := t.flights.DoChan(stale, func() (access any, err error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewalLimit)
		defer cancel()
		err = panics.Recover(func() error {
			access, err = t.renew(ctx, stale)
			return err
		})
		return access, err
	})
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case r := <-done:
		access, _ := r.Val.(string)
		return access, r.Err
	}
}

// renew gets a token in place of a stale one: that which is in the store by now, or a new
// one. While another program asks for a new one it waits: each new one ends the one before.
func (t *token) renew(ctx context.Context, stale string) (string, error) {
	for {
		row, g, err := t.stored(ctx)
		if err != nil || g.AccessToken != stale {
			return g.AccessToken, err
		}
		if err := t.conf.renewable(t.account, g); err != nil {
			return "", err
		}
		claimed, err := t.conf.Store.ClaimRenewal(ctx, row, renewalClaim)
		if err == nil && claimed {
			err = t.exchange(ctx, row, g)
		} else if err == nil {
			err = t.conf.Wait(ctx, renewalLook)
		}
		if err != nil {
			return "", err
		}
	}
}

// exchange gets a new token and writes it into the store, if the one before is still there.
func (t *token) exchange(ctx context.Context, row *db.CanvasAccess, old canvas.Grant) error {
	g, err := t.conf.refresh(ctx, t.base, old.RefreshToken)
	var fresh *db.CanvasAccess
	if err == nil {
		fresh = sealed(t.conf.Key, t.account, g)
	}
	written, failed := t.conf.Store.FinishRenewal(ctx, row, fresh)
	if err == nil && failed == nil && written {
		t.conf.Log.InfoContext(ctx, "renewed the token for Canvas", "account", t.account, "expires", g.ExpiresAt)
	}
	return errors.Join(err, failed)
}

// refresh asks Canvas for a new token.
func (c *Config) refresh(ctx context.Context, base *url.URL, refreshToken string) (canvas.Grant, error) {
	ctx, cancel := context.WithTimeout(ctx, renewalTime)
	defer cancel()
	return canvas.Refresh(ctx, &http.Client{Transport: c.Transport}, base, c.ClientID, c.ClientSecret, refreshToken, c.Now)
}

// renewable fails for a token of an account that there is no way to renew.
func (c *Config) renewable(account int64, g canvas.Grant) error {
	e := &canvas.Error{Op: "renew the access token", Kind: canvas.ErrUnauthorized}
	switch {
	case g.RefreshToken == "":
		e.Message = fmt.Sprintf("there is no refresh token: give a new token with “resultgraph account set %d”", account)
	case c.ClientID == "" || c.ClientSecret == "":
		e.Message = "set the developer key that it was granted to with --canvas-client-id and --canvas-client-secret"
	default:
		return nil
	}
	return e
}
