package slots

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

var errBusy = errors.New("busy")

// Callers get slots in the order in which they asked.
func TestAcquireIsFirstInFirstOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(1, time.Minute, errBusy)
		if err := s.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		var order []int
		for i := range 10 {
			go func() {
				if err := s.Acquire(t.Context()); err != nil {
					t.Error(err)
				}
				order = append(order, i)
				s.Release()
			}()
			synctest.Wait()
		}
		if s.Used() != 1 || s.Waiting() != 10 {
			t.Errorf("%d slots are used and %d callers wait, want 1 and 10", s.Used(), s.Waiting())
		}
		s.Release()
		synctest.Wait()
		if !slices.IsSorted(order) || len(order) != 10 {
			t.Errorf("the order is %v, want the order of the calls", order)
		}
		if n, _ := s.Waits(); n != 10 || s.Used() != 0 || s.Waiting() != 0 {
			t.Errorf("%d waits, %d slots are used and %d callers wait, want 10, 0 and 0", n, s.Used(), s.Waiting())
		}
	})
}

// A caller waits for a limited time, and not longer than its context.
func TestAcquireFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(1, 5*time.Second, errBusy)
		if err := s.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if err := s.Acquire(t.Context()); !errors.Is(err, errBusy) || time.Since(start) != 5*time.Second {
			t.Errorf("Acquire = %v after %s, want busy after 5 s", err, time.Since(start))
		}
		if n, total := s.Waits(); n != 1 || total != 5*time.Second {
			t.Errorf("%d waits took %s, want one of 5 s", n, total)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Acquire = %v at the deadline, want DeadlineExceeded", err)
		}
		s.Release()
		if err := s.Acquire(t.Context()); err != nil {
			t.Errorf("Acquire = %v after the release, want nil", err)
		}
	})
}
