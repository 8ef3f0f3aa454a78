package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/spool"
)

// maxRefusedTime is the time after which a response that has begun is broken off because the server
// refuses to read or to keep its next part.
const maxRefusedTime = time.Minute

// retryRefused calls f, and calls it again as long as the server refuses to run it because others run.
// It is for responses that have begun, which cannot be a 503 any more.
func retryRefused(ctx context.Context, f func() error) error {
	ctx, cancel := context.WithTimeout(ctx, maxRefusedTime)
	defer cancel()
	for {
		err := f()
		wait := refusedFor(err)
		if wait <= 0 {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		}
	}
}

// refusedFor returns the time to wait before another attempt, or 0 if the server did not refuse the
// operation.
func refusedFor(err error) time.Duration {
	if err == nil {
		return 0
	}
	f := fault.Describe(err)
	if f.Kind.Status != http.StatusTooManyRequests && f.Kind.Status != http.StatusServiceUnavailable {
		return 0
	}
	return f.RetryAfter
}

// keepWhenPossible is keep for a response that has begun.
func (ar *apiRequest) keepWhenPossible(ctx context.Context, parts ...[]byte) (body *spool.Body, err error) {
	err = retryRefused(ctx, func() error {
		body, err = ar.keep(parts...)
		return err
	})
	return body, err
}
