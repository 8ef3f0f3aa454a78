package engine

import (
	"context"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/momotor/resultgraph/internal/clock"
	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// call calls do with a session. If the broker no longer accepts the session, it logs in again
// and repeats do once.
func (b *Broker) call(ctx context.Context, operation string, do func(context.Context, *session) error) error {
	for again := false; ; again = true {
		s, err := b.session(ctx)
		if err != nil {
			return err
		}
		err = b.wrapError(ctx, operation, do(s.withToken(ctx), s))
		if !isException(err, brokerpb.ExceptionType_AUTH) {
			return err
		}
		b.forgetSession(s)
		if again {
			return b.unauthorizedError(err)
		}
		if err := sleep(ctx, reloginDelay); err != nil {
			return err
		}
	}
}

// A response of the broker may be an exception.
type response interface{ GetException() *brokerpb.Exception }

// unaryCall calls a method with one request and one response.
func unaryCall[Q any, A response](ctx context.Context, b *Broker, operation string, request Q, method func(context.Context, Q, ...grpc.CallOption) (A, error)) (a A, err error) {
	err = b.call(ctx, operation, func(ctx context.Context, _ *session) error {
		ctx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		a, err = method(ctx, request)
		if err != nil {
			return err
		}
		return exceptionError(a.GetException())
	})
	return a, err
}

// errStalled is the error of a transfer without any progress.
var errStalled = status.Error(codes.Unavailable, "the broker has not responded for a minute")

// withStallTimeout calls do with a context that is cancelled if alive is not called for
// stallTimeout.
func withStallTimeout(ctx context.Context, do func(ctx context.Context, alive func()) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	t := time.AfterFunc(stallTimeout, func() { cancel(errStalled) })
	defer t.Stop()
	err := do(ctx, func() { t.Reset(stallTimeout) })
	if err != nil && context.Cause(ctx) == errStalled {
		return errStalled
	}
	return err
}

// minBackoff is the first delay of a backoff.
const minBackoff = 250 * time.Millisecond

// A backoff is an exponential backoff with jitter for a broker that is unavailable.
type backoff struct{ delay, total time.Duration }

// wait waits for the next delay.
func (b *backoff) wait(ctx context.Context) error {
	b.delay = min(max(2*b.delay, minBackoff), maxBackoff)
	d := b.delay - rand.N(b.delay/4)
	b.total += d
	return sleep(ctx, d)
}

// sleep waits for d. It returns the cause of ctx if ctx is done first.
func sleep(ctx context.Context, d time.Duration) error {
	if clock.Sleep(ctx, d) != nil {
		return context.Cause(ctx)
	}
	return nil
}
