package access

import "context"

// A semaphore limits how many callers do something at the same time. Others wait in order.
type semaphore chan struct{}

func newSemaphore(limit int) semaphore { return make(semaphore, limit) }

// acquire waits for a slot, which the caller must release. It fails with the cause of ctx if ctx
// is done first.
func (s semaphore) acquire(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s semaphore) release() { <-s }
