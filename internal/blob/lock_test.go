//go:build unix

package blob

import (
	"errors"
	"syscall"
	"testing"
)

// TestLock asserts that a sweep and a Put exclude each other and two Puts do not, within one
// process as between two.
func TestLock(t *testing.T) {
	t.Parallel()
	f := openFolder(t)
	for _, c := range []struct {
		held, requested int
		err             error
	}{
		{shared, shared, nil},
		{shared, exclusive, syscall.EWOULDBLOCK},
		{exclusive, shared, syscall.EWOULDBLOCK},
		{exclusive, exclusive, syscall.EWOULDBLOCK},
	} {
		first, err := f.lock(c.held)
		if err != nil {
			t.Fatal(err)
		}
		second, err := f.lock(c.requested | syscall.LOCK_NB)
		if !errors.Is(err, c.err) {
			t.Errorf("lock(%d) while lock(%d) is held = %v, want %v", c.requested, c.held, err, c.err)
		}
		if err == nil {
			second()
		}
		first()
	}
}
