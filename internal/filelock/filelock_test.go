package filelock_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/momotor/resultgraph/internal/filelock"
)

// TestTry asserts that an exclusive lock excludes all others and that shared locks do not exclude each
// other, within one process as between two.
func TestTry(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	for _, c := range []struct {
		held, requested filelock.Mode
		err             error
	}{
		{filelock.Shared, filelock.Shared, nil},
		{filelock.Shared, filelock.Exclusive, filelock.ErrLocked},
		{filelock.Exclusive, filelock.Shared, filelock.ErrLocked},
		{filelock.Exclusive, filelock.Exclusive, filelock.ErrLocked},
	} {
		unlockFirst, err := filelock.Lock(path, c.held)
		if err != nil {
			t.Fatal(err)
		}
		unlockSecond, err := filelock.Try(path, c.requested)
		if !errors.Is(err, c.err) {
			t.Errorf("Try(%d) while Lock(%d) is held = %v, want %v", c.requested, c.held, err, c.err)
		}
		if err == nil {
			unlockSecond()
		}
		unlockFirst()
	}
}
