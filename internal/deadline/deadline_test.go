package deadline

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// The steps after Start share its time; another Start gives the next step its own.
func TestWithTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		errLate := errors.New("late")
		remaining := func(ctx context.Context) time.Duration {
			ctx, cancel := WithTimeout(ctx, 10*time.Second, errLate)
			defer cancel()
			until, _ := ctx.Deadline()
			return time.Until(until)
		}
		ctx := Start(t.Context())
		time.Sleep(4 * time.Second)
		if got := remaining(ctx); got != 6*time.Second {
			t.Errorf("%s remain 4 s after Start, want 6 s", got)
		}
		if got := remaining(t.Context()); got != 10*time.Second {
			t.Errorf("%s remain without Start, want 10 s", got)
		}
		if got := remaining(Start(ctx)); got != 10*time.Second {
			t.Errorf("%s remain after another Start, want 10 s", got)
		}
		time.Sleep(6 * time.Second)
		late, cancel := WithTimeout(ctx, 10*time.Second, errLate)
		defer cancel()
		if !errors.Is(context.Cause(late), errLate) {
			t.Errorf("the cause is %v at the deadline, want late", context.Cause(late))
		}
	})
}
