package db_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
)

// Transactions and single statements that wait for the lock of another process leave connections to
// readers.
func TestWaitingWritersLeaveConnections(t *testing.T) {
	t.Parallel()
	location := dbtest.MigratedSQLite(t)
	other := dbtest.Open(t, location)
	s, err := db.OpenWith(t.Context(), location, db.Options{Conns: 2, MaxWait: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	writers := []func() error{
		func() error { return s.InTx(t.Context(), func(context.Context, bun.Tx) error { return nil }) },
		func() error { return s.RecordKeyUse(t.Context(), []int64{1}, time.Now()) },
		func() error {
			_, err := s.Heartbeat(t.Context(), "instance", time.Minute)
			return err
		},
	}
	done := make(chan error, len(writers))
	err = other.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for _, write := range writers {
			go func() { done <- write() }()
		}
		for deadline := time.Now().Add(8 * time.Second); s.DB().Waiting() != 2; runtime.Gosched() {
			if time.Now().After(deadline) {
				t.Errorf("%d writers wait without a connection, want 2 of 3", s.DB().Waiting())
				return nil
			}
		}
		return s.DB().InSnapshot(ctx, false, func(*query.Snapshot) error { return nil })
	})
	if err != nil {
		t.Errorf("a reader while another process holds the lock = %v, want nil", err)
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Errorf("a writer after the lock = %v, want nil", err)
		}
	}
}

// While authentication occupies all of its connections, Ping works, and others fail after some time.
func TestBusyAuthentication(t *testing.T) {
	t.Parallel()
	s := dbtest.NewPostgres(t)
	clients := max(2, runtime.NumCPU())
	done := make(chan error, clients)
	lockKeys(t, s, func() {
		for range clients {
			go func() {
				_, err := s.KeyByPrefix(t.Context(), "12345678")
				done <- err
			}()
		}
		const blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
		for n := 0; n < clients; {
			if err := s.SQL().QueryRowContext(t.Context(), blocked).Scan(&n); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Ping(t.Context()); err != nil {
			t.Errorf("Ping = %v, want nil", err)
		}
		if _, err := s.KeyByPrefix(t.Context(), "12345678"); err != query.ErrBusy {
			t.Errorf("another authentication = %v, want %v", err, query.ErrBusy)
		}
	})
	for range clients {
		<-done
	}
}

// lockKeys calls f while another transaction holds a lock of the table of keys.
func lockKeys(t *testing.T, s *db.Store, f func()) {
	t.Helper()
	err := s.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "LOCK TABLE api_key IN ACCESS EXCLUSIVE MODE"); err != nil {
			return err
		}
		f()
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
