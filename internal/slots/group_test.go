package slots

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// Callers with one key wait for each other only, and keys without callers are forgotten.
func TestGroup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := NewGroup[string](1, time.Second, errBusy)
		release, err := g.Acquire(t.Context(), "one")
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		releaseOther, err := g.Acquire(t.Context(), "other")
		if err != nil || time.Since(start) != 0 || g.Len() != 2 {
			t.Errorf("the other key waited %s with %v, and the group has %d keys; want no wait and 2", time.Since(start), err, g.Len())
		}
		releaseOther()
		if _, err := g.Acquire(t.Context(), "one"); !errors.Is(err, errBusy) || time.Since(start) != time.Second {
			t.Errorf("the second caller waited %s with %v, want a second and %v", time.Since(start), err, errBusy)
		}
		release()
		if g.Len() != 0 {
			t.Errorf("the group has %d keys without callers", g.Len())
		}
	})
}
