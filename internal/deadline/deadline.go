// Package deadline lets several steps of a request share one time limit, such as authentication and
// the operation after it. A context with a deadline would not do, because it would also end the
// transfer of files and of long lists.
package deadline

import (
	"context"
	"time"
)

type startKey struct{}

// Start returns a context in which the time of WithTimeout runs from now.
func Start(ctx context.Context) context.Context {
	return context.WithValue(ctx, startKey{}, time.Now())
}

// WithTimeout returns a context whose deadline is d after Start, or d from now without Start. The cause
// of the deadline is cause, or context.DeadlineExceeded if cause is nil.
func WithTimeout(ctx context.Context, d time.Duration, cause error) (context.Context, context.CancelFunc) {
	start, ok := ctx.Value(startKey{}).(time.Time)
	if !ok {
		start = time.Now()
	}
	return context.WithDeadlineCause(ctx, start.Add(d), cause)
}
