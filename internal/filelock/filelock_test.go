package filelock_test

import (
	"context"
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

// LockContext waits until the lock is free or the context ends.
func TestLockContext(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := filelock.LockContext(t.Context(), path, filelock.Exclusive)
	if err != nil {
		t.Fatal(err)
	}
	canceled, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	cancel(stop)
	if _, err := filelock.LockContext(canceled, path, filelock.Exclusive); !errors.Is(err, stop) {
		t.Errorf("LockContext with an ended context = %v, want its cause", err)
	}
	locked := make(chan error)
	go func() {
		unlock, err := filelock.LockContext(t.Context(), path, filelock.Exclusive)
		if err == nil {
			unlock()
		}
		locked <- err
	}()
	unlock()
	if err := <-locked; err != nil {
		t.Errorf("LockContext after the lock is free = %v, want nil", err)
	}
}
