// Package jobstest provides test fixtures for all kinds of jobs.
package jobstest

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/accounts"
	"github.com/momotor/resultgraph/internal/jobs"
)

// ErrFailed is an error for changes and jobs that must fail.
var ErrFailed = errors.New("failed on purpose")

// A Queue is the queue of a store.
type Queue struct {
	*jobs.Queue
	Store *db.Store
}

// Open returns the queue of a store.
func Open(t *testing.T, s *db.Store) *Queue {
	t.Helper()
	q, err := jobs.NewQueue(s)
	if err != nil {
		t.Fatal(err)
	}
	return &Queue{q, s}
}

// Enqueue inserts jobs in a transaction.
func (q *Queue) Enqueue(t *testing.T, args ...river.JobArgs) {
	t.Helper()
	q.enqueue(t, nil, args)
}

// EnqueueRolledBack inserts jobs in a transaction that is rolled back.
func (q *Queue) EnqueueRolledBack(t *testing.T, args ...river.JobArgs) {
	t.Helper()
	q.enqueue(t, ErrFailed, args)
}

// enqueue inserts jobs in a transaction that fails with err.
func (q *Queue) enqueue(t *testing.T, err error, args []river.JobArgs) {
	t.Helper()
	got := change.InTx(t.Context(), q.Store, time.Now(), func(ctx context.Context, c *change.Tx) error {
		return errors.Join(q.Insert(ctx, c.SQLTx(), args...), err)
	})
	if !errors.Is(got, err) {
		t.Fatalf("InTx = %v, want %v", got, err)
	}
}

// Start starts a runner of some kinds of jobs.
func (q *Queue) Start(t *testing.T, registrations ...jobs.Registration) *jobs.Runner {
	t.Helper()
	r, err := jobs.NewRunner(t.Context(), q.Store, jobs.Config{Registrations: registrations}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

// Stop stops a runner after its running jobs have ended.
func (q *Queue) Stop(t *testing.T, r *jobs.Runner) {
	t.Helper()
	if err := r.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}

// States counts the jobs in the store by state.
func (q *Queue) States(t *testing.T) map[string]int {
	t.Helper()
	rows, err := q.Store.SQL().QueryContext(t.Context(), "SELECT state, count(*) FROM river_job GROUP BY state")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := map[string]int{}
	for rows.Next() {
		var state string
		var count int
		if err := rows.Scan(&state, &count); err != nil {
			t.Fatal(err)
		}
		n[state] = count
	}
	return n
}

// Receive receives from a channel, and fails the test after a minute without a value.
func Receive[T any](t *testing.T, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(time.Minute):
		t.Fatal("nothing was received")
	}
	return v
}

// Must returns a function that fails the test if a write to the store failed.
func Must(t *testing.T) func([]ingest.Change, error) {
	return func(_ []ingest.Change, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Clients implements jobs.CanvasClients with one client for all accounts.
type Clients struct {
	// Canvas is the client; nil means that no account is configured.
	Canvas *canvas.Client

	mu       sync.Mutex
	contacts []error
}

// Client implements jobs.CanvasClients.
func (c *Clients) Client(context.Context, int64) (*canvas.Client, error) {
	if c.Canvas == nil {
		return nil, accounts.ErrNotConfigured
	}
	return c.Canvas, nil
}

// RecordAvailability implements jobs.CanvasClients.
func (c *Clients) RecordAvailability(_ context.Context, _ int64, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.contacts = append(c.contacts, err)
	return nil
}

// Contacts returns the errors of the recorded contacts. An error is nil if Canvas answered.
func (c *Clients) Contacts() []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.contacts
}
