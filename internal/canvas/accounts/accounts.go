// Package accounts provides a Canvas client for each account, which uses the token that is
// sealed in the store.
package accounts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/clock"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/seal"
)

// A Config configures Accounts.
type Config struct {
	Store *db.Store
	// Key seals the tokens in the store.
	Key *seal.Key
	// ClientID and ClientSecret identify the developer key for which Canvas issued the
	// tokens. Without them no token is renewed.
	ClientID, ClientSecret string
	// Transport sends the requests; nil is http.DefaultTransport.
	Transport http.RoundTripper
	Now       func() time.Time
	// Sleep waits, or returns the error of the context; nil is clock.Sleep.
	Sleep func(ctx context.Context, d time.Duration) error
	// Log gets a message for each request to Canvas and for each renewed token, without
	// secrets.
	Log *slog.Logger
}

// Accounts has the Canvas clients of the accounts in a store. It is safe for use by several
// goroutines, and by several instances with the same store.
type Accounts struct {
	conf Config

	mu      sync.Mutex
	clients map[int64]*cachedClient
}

// A cachedClient is the client of an account with a base URL.
type cachedClient struct {
	baseURL string
	client  *canvas.Client
	token   *storedToken
}

// New returns the Canvas clients of the accounts in a store. It sends no request.
func New(conf Config) *Accounts {
	conf.Transport = cmp.Or[http.RoundTripper](conf.Transport, http.DefaultTransport)
	if conf.Sleep == nil {
		conf.Sleep = clock.Sleep
	}
	return &Accounts{conf: conf, clients: map[int64]*cachedClient{}}
}

// Client returns the Canvas client of an account, always the same one while its base URL stays
// the same. It reads the token from the store, so that it notices a token that any instance
// replaced. The error is ErrNotConfigured for an account that does not exist or has no token,
// or whose base URL or token cannot be used.
func (a *Accounts) Client(ctx context.Context, accountID int64) (*canvas.Client, error) {
	account, err := a.conf.Store.LoadAccount(ctx, accountID)
	if errors.Is(err, fault.NotFound) {
		return nil, notConfiguredError{fmt.Errorf("account %d is not in the store", accountID)}
	} else if err != nil {
		return nil, err
	}
	c, err := a.cached(account)
	if err != nil {
		return nil, notConfiguredError{err}
	}
	if _, err := c.token.load(ctx); err != nil {
		return nil, errors.Join(err, a.RecordAvailability(ctx, accountID, err))
	}
	return c.client, nil
}

// cached returns the client of an account. It makes a new one when the base URL changed.
func (a *Accounts) cached(account *db.Account) (*cachedClient, error) {
	base, err := baseURL(account)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.clients[account.MomotorID]; c != nil && c.baseURL == account.BaseURL {
		return c, nil
	}
	token := &storedToken{conf: &a.conf, account: account.MomotorID, baseURL: base}
	c := &cachedClient{account.BaseURL, a.newClient(base, token, account.MomotorID), token}
	a.clients[account.MomotorID] = c
	return c, nil
}

func (a *Accounts) newClient(base *url.URL, tokens canvas.Tokens, account int64) *canvas.Client {
	return canvas.New(base, tokens, canvas.WithTransport(a.conf.Transport), canvas.WithClock(a.conf.Now, a.conf.Sleep),
		canvas.WithLog(a.conf.Log.With("account", account)))
}

// RecordAvailability records whether the Canvas of an account answered: err is the error of the
// last call. It records nothing if ctx is cancelled, or if the error concerns neither Canvas
// nor the token.
func (a *Accounts) RecordAvailability(ctx context.Context, account int64, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	failure, ok := contactFailure(err)
	if !ok {
		return nil
	}
	if err := a.conf.Store.RecordCanvasAvailability(ctx, account, a.conf.Now(), failure); err != nil {
		return fmt.Errorf("record the Canvas contact of account %d: %w", account, err)
	}
	return nil
}
