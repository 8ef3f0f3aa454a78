// Package canvas asks the REST API of a Canvas LMS for courses, people and submissions,
// and sends grades to it. It knows Canvas' pages, its rate limit, its two ways to write an
// id and its many ways to fail; it keeps nothing.
//
// The rules come from the documentation of Canvas (the pages on pagination, throttling,
// OAuth2 and submissions) and, where that is silent, from its public source.
package canvas

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// Client asks one Canvas in the name of one token's owner. Canvas counts its rate limit by
// token, so callers with the same token should share a client. It is safe for use by
// several goroutines.
type Client struct {
	base    *url.URL
	tokens  Tokens
	http    http.RoundTripper
	files   http.RoundTripper // for addresses that Canvas names
	log     *slog.Logger
	timeout time.Duration
	pages   int
	slots   chan struct{}
	clock   clock
	pace    pace
}

// maxPage is how many bytes of one answer are taken. A page of 100 submissions with their
// history is below 1 MiB.
const maxPage = 32 << 20

// Option is a setting of New.
type Option func(*Client)

// New gives a client of the Canvas at base, its address without /api/v1. The caller has
// checked that base is https, unless it is a test. Nothing is asked yet.
func New(base *url.URL, tokens Tokens, options ...Option) *Client {
	c := &Client{
		base:    base,
		tokens:  tokens,
		http:    http.DefaultTransport,
		log:     slog.New(slog.DiscardHandler),
		timeout: 30 * time.Second,
		pages:   1000,
		slots:   make(chan struct{}, 4),
		clock:   clock{now: time.Now, sleep: sleep},
	}
	for _, set := range options {
		set(c)
	}
	c.files = outward(c.http, base)
	return c
}

// WithTransport sets what sends requests; http.DefaultTransport does otherwise.
func WithTransport(t http.RoundTripper) Option { return func(c *Client) { c.http = t } }

// WithLog sets where each request is noted: successes at level debug, failures at warn,
// without tokens and queries. Otherwise nothing is.
func WithLog(l *slog.Logger) Option { return func(c *Client) { c.log = l } }

// WithTimeout bounds a request with its whole answer, 30 seconds otherwise. A download may
// take ten times as long.
func WithTimeout(d time.Duration) Option { return func(c *Client) { c.timeout = d } }

// WithParallel bounds how many requests are under way at once, 4 otherwise. Canvas charges
// for each of them in advance.
func WithParallel(n int) Option { return func(c *Client) { c.slots = make(chan struct{}, n) } }

// WithMaxPages bounds the pages of one list, 1000 otherwise.
func WithMaxPages(n int) Option { return func(c *Client) { c.pages = n } }

// WithClock sets the time and the way to wait, for tests. sleep returns the context's error
// when that ends first.
func WithClock(now func() time.Time, sleep func(context.Context, time.Duration) error) Option {
	return func(c *Client) { c.clock = clock{now, sleep} }
}

type clock struct {
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// take waits for one of the places of requests under way, and then until the rate limit
// allows for another: who waits for that keeps the place, for the others have to wait too.
func (c *Client) take(ctx context.Context) error {
	select {
	case c.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	err := c.pace.wait(ctx, c.clock)
	if err != nil {
		c.release()
	}
	return err
}

func (c *Client) release() { <-c.slots }
