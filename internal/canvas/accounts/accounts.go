// Package accounts reaches the Canvas of each account with the tokens in the store.
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

// ErrNotConfigured is the error for an account whose Canvas cannot be used until somebody
// configures it. Errors that wrap it say what to do.
var ErrNotConfigured = errors.New("the Canvas of the account is not configured")

// A notConfiguredError is ErrNotConfigured with the text of another error.
type notConfiguredError struct{ error }

// Is implements the interface of errors.Is.
func (notConfiguredError) Is(target error) bool { return target == ErrNotConfigured }

// Unwrap implements the interface of errors.Unwrap.
func (e notConfiguredError) Unwrap() error { return e.error }

// Config is what Accounts work with.
type Config struct {
	Store *db.Store
	// Key seals the tokens in the store.
	Key *seal.Key
	// ClientID and ClientSecret are those of the developer key that tokens were granted to.
	// Without them no token is renewed.
	ClientID, ClientSecret string
	// Transport sends the requests; nil is http.DefaultTransport.
	Transport http.RoundTripper
	Now       func() time.Time
	// Wait lets a time pass; nil is by the real clock. It returns ctx's error when ctx is
	// done first.
	Wait func(ctx context.Context, d time.Duration) error
	// Log gets a line for each request to Canvas and for each new token, without secrets.
	Log *slog.Logger
}

// Accounts are the Canvases of the accounts in a store, reached with the tokens that are
// sealed there. They are safe for use by several goroutines, and by several programs with
// the same store.
type Accounts struct {
	conf Config

	mu      sync.Mutex
	reached map[int64]*reached
}

// reached is the Canvas of an account at an address.
type reached struct {
	address string
	client  *canvas.Client
	token   *token
}

// New returns the Canvases of the accounts in a store. Nothing is asked yet.
func New(conf Config) *Accounts {
	conf.Transport = cmp.Or[http.RoundTripper](conf.Transport, http.DefaultTransport)
	if conf.Wait == nil {
		conf.Wait = clock.Sleep
	}
	return &Accounts{conf: conf, reached: map[int64]*reached{}}
}

// Client implements jobs.Canvases. A token that was replaced, by this program or another, is
// noticed here. An account whose Canvas is not set up, whose address will not do or whose
// token does not open with the key is ErrNotConfigured, with what to do.
func (a *Accounts) Client(ctx context.Context, account int64) (*canvas.Client, error) {
	of, err := a.conf.Store.LoadAccount(ctx, account)
	if errors.Is(err, fault.NotFound) {
		return nil, notConfiguredError{fmt.Errorf("account %d is not in the store", account)}
	} else if err != nil {
		return nil, err
	}
	r, err := a.reach(of)
	if err != nil {
		return nil, notConfiguredError{err}
	}
	if _, err := r.token.read(ctx); err != nil {
		return nil, errors.Join(err, a.Contacted(ctx, account, err))
	}
	return r.client, nil
}

// reach returns the one way to the Canvas of an account, a new one when its address changed.
func (a *Accounts) reach(of *db.Account) (*reached, error) {
	base, err := address(of)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if r := a.reached[of.MomotorID]; r != nil && r.address == of.BaseURL {
		return r, nil
	}
	t := &token{conf: &a.conf, account: of.MomotorID, base: base}
	r := &reached{of.BaseURL, a.client(base, t, of.MomotorID), t}
	a.reached[of.MomotorID] = r
	return r, nil
}

func (a *Accounts) client(base *url.URL, tokens canvas.Tokens, account int64) *canvas.Client {
	return canvas.New(base, tokens, canvas.WithTransport(a.conf.Transport), canvas.WithClock(a.conf.Now, a.conf.Wait),
		canvas.WithLog(a.conf.Log.With("account", account)))
}

// Contacted implements jobs.Canvases. Whatever Canvas itself answered counts as an answer: that
// something is not there, say, or not permitted. What is the fault of neither Canvas nor the
// token changes nothing, and neither does work that was cut off.
func (a *Accounts) Contacted(ctx context.Context, account int64, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	failure, ours := failureOf(err)
	if ours {
		return nil
	}
	if err := a.conf.Store.RecordCanvasContact(ctx, account, a.conf.Now(), failure); err != nil {
		return fmt.Errorf("note how the Canvas of account %d was reached: %w", account, err)
	}
	return nil
}

// failureOf is what an error says, to people, of how Canvas can be reached: "" is that it
// can. Ours is an error that says nothing of that.
func failureOf(err error) (failure string, ours bool) {
	for _, answered := range []error{nil, canvas.ErrNotFound, canvas.ErrForbidden, canvas.ErrRejected, canvas.ErrTooLarge} {
		if errors.Is(err, answered) {
			return "", false
		}
	}
	if e, ok := errors.AsType[*canvas.Error](err); ok {
		return e.Error(), false
	}
	for _, sealed := range []error{seal.ErrWrongKey, seal.ErrDamaged} {
		if errors.Is(err, sealed) {
			return "The token can not be read: " + sealed.Error(), false
		}
	}
	return "", true
}
