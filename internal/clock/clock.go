// Package clock has a sleep that a context can end.
package clock

import (
	"context"
	"time"
)

// Sleep waits for d. When ctx is done first, it returns the cause at once.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
