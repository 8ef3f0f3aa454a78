package canvas

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// call is one question to Canvas, however often it has to be asked.
type call struct {
	op   string   // for errors
	url  *url.URL // on the client's Canvas
	form url.Values
	into any // what the answer is read into
}

// changes reports whether the call is one that must not be done twice.
func (q call) changes() bool { return q.form != nil }

func (q call) method() string {
	if q.changes() {
		return http.MethodPost
	}
	return http.MethodGet
}

// How often a call is asked again.
const (
	transientTries = 4 // after server errors, cut off answers and lost connections
	throttledTries = 8 // after refusals by the rate limit
)

// do asks until there is an answer that settles the call. What changes something is asked
// again only when it is certain that nothing was done: the rate limit or an expired token
// refused it, or no connection came about.
func (c *Client) do(ctx context.Context, q call) (header http.Header, err error) {
	err = c.patiently(ctx, q.op, func(token string) error {
		header, err = c.try(ctx, q, token)
		return err
	})
	return header, err
}

// patiently tries, and tries again after each *failure that allows for it: with another
// token, once; when the rate limit lets requests through; or a little later.
func (c *Client) patiently(ctx context.Context, op string, try func(token string) error) error {
	token, err := c.tokens.Token(ctx)
	if err != nil {
		return fmt.Errorf("%s: read the token: %w", op, err)
	}
	renewed, failures, refusals := false, 0, 0
	for {
		err := try(token)
		f, ok := errors.AsType[*failure](err)
		switch {
		case !ok || ctx.Err() != nil:
			return plain(err)
		case f.expired && !renewed:
			renewed = true
			if token, err = c.tokens.Renew(ctx, token); err != nil {
				return fmt.Errorf("%s: %w", op, err)
			}
		case f.throttled && refusals+1 < throttledTries:
			c.pace.hold(c.clock.now().Add(throttled(f.header, refusals)))
			refusals++
		case f.transient && failures+1 < transientTries:
			if c.clock.sleep(ctx, backoff(failures)) != nil {
				return plain(f)
			}
			failures++
		default:
			return plain(f)
		}
	}
}

// failure is an *Error with what it means for asking again.
type failure struct {
	err       Error
	expired   bool // Canvas might accept another token
	throttled bool // refused by the rate limit, before anything was done
	transient bool // asking again may help and does no harm
	header    http.Header
}

func (f *failure) Error() string { return f.err.Error() }

// plain is the error for the caller.
func plain(err error) error {
	if f, ok := errors.AsType[*failure](err); ok {
		return &f.err
	}
	return err
}
