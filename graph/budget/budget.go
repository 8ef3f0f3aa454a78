// Package budget bounds what one operation delivers. The guard estimates the cost of an operation
// before it runs, from the sizes of lists that the schema assumes. The lists of the store can be
// longer, and the same row can be part of the answer many times. The resolvers therefore also count
// values, and both paths count bytes.
package budget

import (
	"context"
	"fmt"
	"sync/atomic"
)

// Limits are the limits of a Budget.
type Limits struct {
	// Values is the number of objects and scalars that the resolvers deliver. A row counts each time
	// that it is part of the answer.
	Values int64
	// Bytes is the size of the answer.
	Bytes int64
}

// A Budget counts the work of one operation, and cancels the operation when it exceeds a limit. It
// is safe for concurrent use.
type Budget struct {
	limits        Limits
	values, bytes atomic.Int64
	incomplete    atomic.Bool
	exceeded      atomic.Pointer[ExceededError]
	cancel        context.CancelCauseFunc
}

type key struct{}

// New returns a budget, and a context for the operation. The caller must call End after the
// operation.
func New(ctx context.Context, limits Limits) (context.Context, *Budget) {
	b := &Budget{limits: limits}
	ctx, b.cancel = context.WithCancelCause(ctx)
	return context.WithValue(ctx, key{}, b), b
}

// From returns the budget of an operation by its context. A context without a budget has the
// unlimited budget nil.
func From(ctx context.Context) *Budget {
	b, _ := ctx.Value(key{}).(*Budget)
	return b
}

// End releases the context of the operation.
func (b *Budget) End() { b.cancel(nil) }

// Limits returns the limits.
func (b *Budget) Limits() Limits {
	if b == nil {
		return Limits{1 << 50, 1 << 50} // small enough to be multiplied
	}
	return b.limits
}

// AddValues counts values before they become part of the answer. It fails with an *ExceededError
// if the operation delivers too many.
func (b *Budget) AddValues(n int) error {
	if b == nil || b.values.Add(int64(n)) <= b.limits.Values {
		return nil
	}
	return b.exceed("values", b.limits.Values)
}

// AddBytes counts bytes of an answer that is written. It fails with an *ExceededError if the answer
// is too large.
func (b *Budget) AddBytes(n int) error {
	if b == nil {
		return nil
	}
	return b.CheckBytes(b.bytes.Add(int64(n)))
}

// CheckBytes fails with an *ExceededError if an answer of n bytes is too large.
func (b *Budget) CheckBytes(n int64) error {
	if b == nil || n <= b.limits.Bytes {
		return nil
	}
	return b.exceed("replyBytes", b.limits.Bytes)
}

// exceed cancels the operation.
func (b *Budget) exceed(limit string, maximum int64) error {
	err := &ExceededError{limit, maximum}
	b.exceeded.CompareAndSwap(nil, err)
	b.cancel(err)
	return err
}

// Err returns the first *ExceededError of the operation, or nil. A mutation can also exceed a limit after
// its context has ended.
func (b *Budget) Err() *ExceededError {
	if b == nil {
		return nil
	}
	return b.exceeded.Load()
}

// SetIncomplete records that the answer is cut off or too large.
func (b *Budget) SetIncomplete() {
	if b != nil {
		b.incomplete.Store(true)
	}
}

// Incomplete reports whether SetIncomplete was called.
func (b *Budget) Incomplete() bool { return b != nil && b.incomplete.Load() }

// An ExceededError is the error of an operation that delivers too much.
type ExceededError struct {
	// Limit is the name of the limit in the extensions of a GraphQL error, and Maximum its value.
	Limit   string
	Maximum int64
}

func (e *ExceededError) Error() string {
	return fmt.Sprintf("the operation delivers more than %d %s", e.Maximum, e.Limit)
}
