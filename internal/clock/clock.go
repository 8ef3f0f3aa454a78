// Package clock has the pauses that the standard library lacks.
package clock

import (
	"context"
	"time"
)

// Sleep waits for d. It returns the error of ctx at once when ctx is done first.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
