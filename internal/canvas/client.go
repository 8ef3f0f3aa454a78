// Package canvas is a client of the REST API of a Canvas LMS. It reads courses, people and
// submissions, and uploads grades. It handles pagination, the rate limit, both formats of ids
// and the error responses of Canvas.
//
// The rules come from the documentation of Canvas (the pages on pagination, throttling,
// OAuth2 and submissions) and otherwise from its public source.
package canvas

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/momotor/resultgraph/internal/addressguard"
	clocks "github.com/momotor/resultgraph/internal/clock"
)

// A Client sends requests to one Canvas with the rights of one token's owner. Canvas applies
// its rate limit per token, so callers with the same token should share a client. A Client is
// safe for concurrent use.
type Client struct {
	base          *url.URL
	tokens        Tokens
	transport     http.RoundTripper
	fileTransport http.RoundTripper // for URLs of other hosts in the responses of Canvas
	resolver      *net.Resolver     // for these hosts; nil means net.DefaultResolver; set by tests
	log           *slog.Logger
	timeout       time.Duration
	maxPages      int           // of one list
	slots         chan struct{} // semaphore of concurrent requests
	clock         clock
	limiter       rateLimiter
}

// maxResponse is the maximum size of a response in bytes. A page of 100 submissions with their
// history is below 1 MiB.
const maxResponse = 32 << 20

// An Option is a setting of New.
type Option func(*Client)

// New returns a client of the Canvas at base, which is its URL without /api/v1. Except in
// tests, the caller must check that base is https. New sends no request.
func New(base *url.URL, tokens Tokens, options ...Option) *Client {
	c := &Client{
		base:      base,
		tokens:    tokens,
		transport: http.DefaultTransport,
		log:       slog.New(slog.DiscardHandler),
		timeout:   30 * time.Second,
		maxPages:  1000,
		slots:     make(chan struct{}, 4), // Canvas charges in advance for concurrent requests
		clock:     clock{now: time.Now, sleep: clocks.Sleep},
	}
	for _, set := range options {
		set(c)
	}
	c.fileTransport = addressguard.Transport(c.transport, addressguard.Guard{Peer: base.Hostname(), Resolver: c.resolver})
	return c
}

// WithTransport sets the transport of requests. The default is http.DefaultTransport.
func WithTransport(t http.RoundTripper) Option { return func(c *Client) { c.transport = t } }

// WithLog sets the logger for requests. Successes have level debug and failures level warn,
// without tokens and query strings. The default is no log.
func WithLog(l *slog.Logger) Option { return func(c *Client) { c.log = l } }

// WithTimeout sets the timeout of a request with its whole response. The default is 30 seconds.
// A download may take ten times as long.
func WithTimeout(d time.Duration) Option { return func(c *Client) { c.timeout = d } }

// WithClock sets the clock, for tests. sleep returns the error of the context if it is done
// first.
func WithClock(now func() time.Time, sleep func(context.Context, time.Duration) error) Option {
	return func(c *Client) { c.clock = clock{now, sleep} }
}

type clock struct {
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
}

// acquire waits for a slot, and then until the rate limit allows another request. It keeps the
// slot during the second wait, because the rate limit delays all requests anyway.
func (c *Client) acquire(ctx context.Context) error {
	select {
	case c.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	err := c.limiter.wait(ctx, c.clock)
	if err != nil {
		c.release()
	}
	return err
}

func (c *Client) release() { <-c.slots }
