package jobs_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/jobs/jobstest"
)

// do is a Verb that gives up in silence.
type do[T river.JobArgs] func(context.Context, T) error

func (d do[T]) Do(ctx context.Context, work T) error { return d(ctx, work) }
func (do[T]) GiveUp(context.Context, T, error) error { return nil }

// Work is done once if its change is committed, however often it was asked for, and never
// if it is not.
func TestQueue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		h := jobstest.Open(t, s)
		h.Enqueue(t, jobstest.ErrRefused, jobs.Process{CourseID: 1, ResultID: 1})
		h.Enqueue(t, nil, jobs.Process{CourseID: 1, ResultID: 2}, jobs.Process{CourseID: 1, ResultID: 3}, jobs.Process{CourseID: 1, ResultID: 2})
		h.Enqueue(t, nil, jobs.Process{CourseID: 1, ResultID: 3}, jobs.Process{CourseID: 2, ResultID: 2})
		h.Enqueue(t, nil)
		if got := h.States(t); fmt.Sprint(got) != "map[available:3]" {
			t.Errorf("the work is %v, want 3 that wait", got)
		}
		done := make(chan jobs.Process, 10)
		r := h.Start(t, jobs.Workers{Process: do[jobs.Process](func(_ context.Context, p jobs.Process) error { done <- p; return nil })})
		got := map[jobs.Process]int{}
		for range 3 {
			got[jobstest.Receive(t, done)]++
		}
		h.Stop(t, r)
		for _, want := range []jobs.Process{{1, 2, 0}, {1, 3, 0}, {2, 2, 0}} {
			if got[want] != 1 {
				t.Errorf("%v is done %d times, want once", want, got[want])
			}
		}
		if got := h.States(t); fmt.Sprint(got) != "map[completed:3]" {
			t.Errorf("the work is %v, want 3 that are done", got)
		}
		h.Enqueue(t, nil, jobs.Process{CourseID: 1, ResultID: 2}) // what is done can be asked for again
		if got := h.States(t); got["available"] != 1 {
			t.Errorf("the work is %v, want one that waits", got)
		}
	})
}

// What cannot be done now waits, what failed is tried again, and what is pointless is not.
func TestFailures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		h := jobstest.Open(t, s)
		tried := make(chan int64, 10)
		r := h.Start(t, jobs.Workers{Upload: do[jobs.Upload](func(_ context.Context, u jobs.Upload) error {
			defer func() { tried <- u.UploadID }()
			switch u.UploadID {
			case 1:
				return jobs.Later{After: time.Hour}
			case 2:
				return fmt.Errorf("the assignment is gone: %w", jobs.ErrPointless)
			case 3:
				return jobstest.ErrRefused
			}
			panic("this is a bug")
		})})
		for id := range int64(4) {
			h.Enqueue(t, nil, jobs.Upload{CourseID: 1, UploadID: id + 1})
		}
		for range 4 {
			jobstest.Receive(t, tried)
		}
		h.Stop(t, r)
		if got := h.States(t); fmt.Sprint(got) != "map[available:2 cancelled:1 scheduled:1]" {
			t.Errorf("the work is %v, want one cancelled, two to be tried again and one for later", got)
		}
	})
}

// What a stop cuts off is there at once for the next runner, and counts as no go at it.
func TestStop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		h := jobstest.Open(t, s)
		began := make(chan bool)
		r := h.Start(t, jobs.Workers{Refresh: do[jobs.Refresh](func(ctx context.Context, _ jobs.Refresh) error {
			began <- true
			<-ctx.Done()
			return fmt.Errorf("ask Canvas: %w", ctx.Err())
		})})
		h.Enqueue(t, nil, jobs.Refresh{CourseID: 1, AssignmentID: 2})
		jobstest.Receive(t, began)
		now, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.Stop(now); err != nil {
			t.Fatal(err)
		}
		done := make(chan jobs.Refresh)
		next := h.Start(t, jobs.Workers{Refresh: do[jobs.Refresh](func(_ context.Context, w jobs.Refresh) error { done <- w; return nil })})
		if got := jobstest.Receive(t, done); got != (jobs.Refresh{CourseID: 1, AssignmentID: 2}) {
			t.Errorf("the next runner does %v", got)
		}
		h.Stop(t, next)
		var attempts int
		if err := h.Store.SQL().QueryRowContext(t.Context(), "SELECT attempt FROM river_job").Scan(&attempts); err != nil || attempts != 1 {
			t.Errorf("%d goes at it, %v, want 1", attempts, err)
		}
	})
}

// A graceful stop lets work end.
func TestStopWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		h := jobstest.Open(t, s)
		began := make(chan bool)
		r := h.Start(t, jobs.Workers{Purge: do[jobs.Purge](func(ctx context.Context, _ jobs.Purge) error {
			began <- true
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(300 * time.Millisecond): // of work, in which a stop that cuts off would do so
				return nil
			}
		})})
		h.Enqueue(t, nil, jobs.Purge{})
		jobstest.Receive(t, began)
		h.Stop(t, r)
		if got := h.States(t); fmt.Sprint(got) != "map[completed:1]" {
			t.Errorf("the work is %v, want it done", got)
		}
	})
}
