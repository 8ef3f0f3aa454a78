package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/jobs"
)

// do is a Verb that gives up in silence.
type do[T river.JobArgs] func(context.Context, T) error

func (d do[T]) Do(ctx context.Context, work T) error { return d(ctx, work) }
func (do[T]) GiveUp(context.Context, T, error) error { return nil }

// A house is a store with a queue.
type house struct {
	store *db.Store
	queue *jobs.Queue
}

func open(t *testing.T, s *db.Store) *house {
	t.Helper()
	q, err := jobs.NewQueue(s)
	if err != nil {
		t.Fatal(err)
	}
	return &house{s, q}
}

var (
	errNo   = errors.New("the change is refused")
	discard = slog.New(slog.DiscardHandler)
)

// ask puts work into a change that is committed if err is nil.
func (h *house) ask(t *testing.T, err error, work ...river.JobArgs) {
	t.Helper()
	got := change.InTx(t.Context(), h.store, time.Now(), func(ctx context.Context, c *change.Tx) error {
		return errors.Join(h.queue.Insert(ctx, c.SQLTx(), work...), err)
	})
	if !errors.Is(got, err) {
		t.Fatalf("Change = %v, want %v", got, err)
	}
}

// run starts a runner, which ends with the test.
func (h *house) run(t *testing.T, w jobs.Workers) *jobs.Runner {
	t.Helper()
	r, err := jobs.NewRunner(t.Context(), h.store, w, discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

func (h *house) end(t *testing.T, r *jobs.Runner) {
	t.Helper()
	if err := r.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}

// states counts the rows of work by their states.
func (h *house) states(t *testing.T) map[string]int {
	t.Helper()
	rows, err := h.store.SQL().QueryContext(t.Context(), "SELECT state, count(*) FROM river_job GROUP BY state")
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

func receive[T any](t *testing.T, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(time.Minute):
		t.Fatal("nothing is done")
	}
	return v
}

// Work is done once if its change is committed, however often it was asked for, and never
// if it is not.
func TestQueue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		h := open(t, s)
		h.ask(t, errNo, jobs.Process{CourseID: 1, ResultID: 1})
		h.ask(t, nil, jobs.Process{CourseID: 1, ResultID: 2}, jobs.Process{CourseID: 1, ResultID: 3}, jobs.Process{CourseID: 1, ResultID: 2})
		h.ask(t, nil, jobs.Process{CourseID: 1, ResultID: 3}, jobs.Process{CourseID: 2, ResultID: 2})
		h.ask(t, nil)
		if got := h.states(t); fmt.Sprint(got) != "map[available:3]" {
			t.Errorf("the work is %v, want 3 that wait", got)
		}
		done := make(chan jobs.Process, 10)
		r := h.run(t, jobs.Workers{Process: do[jobs.Process](func(_ context.Context, p jobs.Process) error { done <- p; return nil })})
		got := map[jobs.Process]int{}
		for range 3 {
			got[receive(t, done)]++
		}
		h.end(t, r)
		for _, want := range []jobs.Process{{1, 2, 0}, {1, 3, 0}, {2, 2, 0}} {
			if got[want] != 1 {
				t.Errorf("%v is done %d times, want once", want, got[want])
			}
		}
		if got := h.states(t); fmt.Sprint(got) != "map[completed:3]" {
			t.Errorf("the work is %v, want 3 that are done", got)
		}
		h.ask(t, nil, jobs.Process{CourseID: 1, ResultID: 2}) // what is done can be asked for again
		if got := h.states(t); got["available"] != 1 {
			t.Errorf("the work is %v, want one that waits", got)
		}
	})
}

// What cannot be done now waits, what failed is tried again, and what is pointless is not.
func TestFailures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		h := open(t, s)
		tried := make(chan int64, 10)
		r := h.run(t, jobs.Workers{Upload: do[jobs.Upload](func(_ context.Context, u jobs.Upload) error {
			defer func() { tried <- u.UploadID }()
			switch u.UploadID {
			case 1:
				return jobs.Later{After: time.Hour}
			case 2:
				return fmt.Errorf("the assignment is gone: %w", jobs.ErrPointless)
			case 3:
				return errNo
			}
			panic("this is a bug")
		})})
		for id := range int64(4) {
			h.ask(t, nil, jobs.Upload{CourseID: 1, UploadID: id + 1})
		}
		for range 4 {
			receive(t, tried)
		}
		h.end(t, r)
		if got := h.states(t); fmt.Sprint(got) != "map[available:2 cancelled:1 scheduled:1]" {
			t.Errorf("the work is %v, want one cancelled, two to be tried again and one for later", got)
		}
	})
}

// What a stop cuts off is there at once for the next runner, and counts as no go at it.
func TestStop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		h := open(t, s)
		began := make(chan bool)
		r := h.run(t, jobs.Workers{Refresh: do[jobs.Refresh](func(ctx context.Context, _ jobs.Refresh) error {
			began <- true
			<-ctx.Done()
			return fmt.Errorf("ask Canvas: %w", ctx.Err())
		})})
		h.ask(t, nil, jobs.Refresh{CourseID: 1, AssignmentID: 2})
		receive(t, began)
		now, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.Stop(now); err != nil {
			t.Fatal(err)
		}
		done := make(chan jobs.Refresh)
		next := h.run(t, jobs.Workers{Refresh: do[jobs.Refresh](func(_ context.Context, w jobs.Refresh) error { done <- w; return nil })})
		if got := receive(t, done); got != (jobs.Refresh{CourseID: 1, AssignmentID: 2}) {
			t.Errorf("the next runner does %v", got)
		}
		h.end(t, next)
		var attempts int
		if err := h.store.SQL().QueryRowContext(t.Context(), "SELECT attempt FROM river_job").Scan(&attempts); err != nil || attempts != 1 {
			t.Errorf("%d goes at it, %v, want 1", attempts, err)
		}
	})
}

// A graceful stop lets work end.
func TestStopWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		h := open(t, s)
		began := make(chan bool)
		r := h.run(t, jobs.Workers{Purge: do[jobs.Purge](func(ctx context.Context, _ jobs.Purge) error {
			began <- true
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(300 * time.Millisecond): // of work, in which a stop that cuts off would do so
				return nil
			}
		})})
		h.ask(t, nil, jobs.Purge{})
		receive(t, began)
		h.end(t, r)
		if got := h.states(t); fmt.Sprint(got) != "map[completed:1]" {
			t.Errorf("the work is %v, want it done", got)
		}
	})
}
