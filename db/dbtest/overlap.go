package dbtest

import (
	"testing"

	"github.com/momotor/resultgraph/db"
)

// Overlap runs two changes that overlap: first calls beforeCommit in its transaction, and second
// starts then. On PostgreSQL the transaction continues when second waits for a lock or has
// returned. SQLite runs second after the transaction. Overlap returns the errors of both changes.
func Overlap(t testing.TB, s *db.Store, first func(beforeCommit func()) error, second func() error) (firstErr, secondErr error) {
	t.Helper()
	done := make(chan error, 1)
	firstErr = first(func() {
		returned := make(chan bool)
		go func() {
			defer close(returned)
			done <- second()
		}()
		if s.IsPostgres() {
			awaitLock(t, s, returned)
		}
	})
	return firstErr, <-done
}

// awaitLock waits until a transaction waits for a lock of another one, or returned is closed.
func awaitLock(t testing.TB, s *db.Store, returned <-chan bool) {
	t.Helper()
	for waiting := false; !waiting; {
		select {
		case <-returned:
			return
		default:
		}
		const query = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
		if err := s.SQL().QueryRowContext(t.Context(), query).Scan(&waiting); err != nil {
			t.Error(err)
			return
		}
	}
}
