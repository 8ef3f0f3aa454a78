// Package slots limits how many callers do something at the same time.
package slots

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// Slots is a fixed number of slots. A caller holds one slot while it runs. Callers that find no free
// slot wait in the order in which they came, for a limited time. Slots are safe for concurrent use.
type Slots struct {
	sem     *semaphore.Weighted
	maxWait time.Duration
	busy    error

	used, waiting atomic.Int64
	waits, waited atomic.Int64
}

// New returns n free slots. Acquire waits at most maxWait for one of them and then fails with busy.
func New(n int, maxWait time.Duration, busy error) *Slots {
	return &Slots{sem: semaphore.NewWeighted(int64(n)), maxWait: maxWait, busy: busy}
}

// Acquire takes a slot, which the caller must give back with Release. It fails with busy, the
// argument of New, if no slot becomes free in time, and with the cause of ctx if ctx ends before that.
func (s *Slots) Acquire(ctx context.Context) error {
	if !s.sem.TryAcquire(1) { // fails also if others wait
		if err := s.wait(ctx); err != nil {
			return err
		}
	}
	s.used.Add(1)
	return nil
}

func (s *Slots) wait(ctx context.Context) error {
	start := time.Now()
	s.waiting.Add(1)
	defer func() {
		s.waiting.Add(-1)
		s.waits.Add(1)
		s.waited.Add(int64(time.Since(start)))
	}()
	ctx, cancel := context.WithTimeoutCause(ctx, s.maxWait, s.busy)
	defer cancel()
	if s.sem.Acquire(ctx, 1) != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Release gives a slot back.
func (s *Slots) Release() {
	s.used.Add(-1)
	s.sem.Release(1)
}

// Used returns the number of slots that callers hold now.
func (s *Slots) Used() int { return int(s.used.Load()) }

// Waiting returns the number of callers that wait for a slot.
func (s *Slots) Waiting() int { return int(s.waiting.Load()) }

// Waits returns how often callers had to wait so far, and how long in total.
func (s *Slots) Waits() (n int64, total time.Duration) {
	return s.waits.Load(), time.Duration(s.waited.Load())
}
