package canvas

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// A call is one call of the API, with all its attempts.
type call struct {
	op     string   // for errors
	url    *url.URL // on the client's Canvas
	form   url.Values
	target any // for the decoded response
}

// isWrite reports whether the call must not be executed twice.
func (q call) isWrite() bool { return q.form != nil }

func (q call) method() string {
	if q.isWrite() {
		return http.MethodPost
	}
	return http.MethodGet
}

// Maximum attempts of a call.
const (
	maxTransientAttempts = 4 // with server errors, incomplete responses and lost connections
	maxThrottledAttempts = 8 // rejected by the rate limit
)

// do sends the call until it succeeds or fails for good. It repeats a write only if Canvas
// certainly has not executed it: the rate limit or an expired token rejected it, or there was
// no connection.
func (c *Client) do(ctx context.Context, q call) (header http.Header, err error) {
	err = c.retry(ctx, q.op, func(token string) error {
		header, err = c.send(ctx, q, token)
		return err
	})
	return header, err
}

// retry calls try, and again after each *failure that allows it: once with another token,
// after a delay by the rate limit, or after a backoff.
func (c *Client) retry(ctx context.Context, op string, try func(token string) error) error {
	token, err := c.tokens.Token(ctx)
	if err != nil {
		return fmt.Errorf("%s: read the token: %w", op, err)
	}
	renewed, failures, throttledAttempts := false, 0, 0
	for {
		err := try(token)
		f, ok := errors.AsType[*failure](err)
		switch {
		case !ok || ctx.Err() != nil:
			return publicError(err)
		case f.expired && !renewed:
			renewed = true
			if token, err = c.tokens.Renew(ctx, token); err != nil {
				return fmt.Errorf("%s: %w", op, err)
			}
		case f.throttled && throttledAttempts+1 < maxThrottledAttempts:
			c.limiter.delayUntil(c.clock.now().Add(throttleDelay(f.header, throttledAttempts)))
			throttledAttempts++
		case f.transient && failures+1 < maxTransientAttempts:
			if c.clock.sleep(ctx, retryDelay(failures)) != nil {
				return publicError(f)
			}
			failures++
		default:
			return publicError(f)
		}
	}
}

// A failure is an *Error that says whether another attempt is allowed.
type failure struct {
	err       Error
	expired   bool // Canvas may accept another token
	throttled bool // rejected by the rate limit before execution
	transient bool // another attempt may succeed and is safe
	header    http.Header
}

func (f *failure) Error() string { return f.err.Error() }

// publicError returns the *Error of a failure, and any other error unchanged.
func publicError(err error) error {
	if f, ok := errors.AsType[*failure](err); ok {
		return &f.err
	}
	return err
}
