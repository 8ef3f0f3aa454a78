package engine

import (
	"context"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// call does something that needs a token. When the broker does not know the token any more
// it logs in anew and does it once again.
func (b *Broker) call(ctx context.Context, doing string, do func(context.Context, *session) error) error {
	for again := false; ; again = true {
		s, err := b.session(ctx)
		if err != nil {
			return err
		}
		err = b.explain(ctx, doing, do(s.attach(ctx), s))
		if !isException(err, brokerpb.ExceptionType_AUTH) {
			return err
		}
		b.drop(s)
		if again {
			return b.refused(err)
		}
		if err := pause(ctx, authWait); err != nil {
			return err
		}
	}
}

// An answer of the broker may be an exception.
type answer interface{ GetException() *brokerpb.Exception }

// ask makes a call that has one question and one answer.
func ask[Q any, A answer](ctx context.Context, b *Broker, doing string, question Q, method func(context.Context, Q, ...grpc.CallOption) (A, error)) (a A, err error) {
	err = b.call(ctx, doing, func(ctx context.Context, _ *session) error {
		ctx, cancel := context.WithTimeout(ctx, callTime)
		defer cancel()
		a, err = method(ctx, question)
		if err != nil {
			return err
		}
		return inBand(a.GetException())
	})
	return a, err
}

// errSilent ends a transfer in which nothing moves.
var errSilent = status.Error(codes.Unavailable, "the broker has been silent for a minute")

// transfer does something whose context ends when alive is not called for stallTime.
func transfer(ctx context.Context, do func(ctx context.Context, alive func()) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	t := time.AfterFunc(stallTime, func() { cancel(errSilent) })
	defer t.Stop()
	err := do(ctx, func() { t.Reset(stallTime) })
	if err != nil && context.Cause(ctx) == errSilent {
		return errSilent
	}
	return err
}

// firstPause is how long the first pause of a retreat is.
const firstPause = 250 * time.Millisecond

// A retreat is how we wait for a broker that is away: each time longer, up to a limit, and
// never quite as long as others do.
type retreat struct{ next, spent time.Duration }

// pause waits.
func (r *retreat) pause(ctx context.Context) error {
	r.next = min(max(2*r.next, firstPause), longest)
	d := r.next - rand.N(r.next/4)
	r.spent += d
	return pause(ctx, d)
}
