package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/jobs/jobstest"
	"github.com/momotor/resultgraph/internal/jobs/retention"
)

// A handlerFunc is a jobs.Handler whose GiveUp does nothing.
type handlerFunc[T jobs.Args] func(context.Context, T) error

func (f handlerFunc[T]) Do(ctx context.Context, args T) error { return f(ctx, args) }
func (handlerFunc[T]) GiveUp(context.Context, T, error) error { return nil }

// registerFunc registers a function as the handler of a kind of job.
func registerFunc[T jobs.Args](f func(context.Context, T) error) jobs.Registration {
	return jobs.Register(handlerFunc[T](f))
}

// A job runs once if its transaction is committed, even if it is inserted several times. It does
// not run if the transaction is rolled back.
func TestQueue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		q := jobstest.Open(t, s)
		q.EnqueueRolledBack(t, jobs.ProcessResult{CourseID: 1, ResultID: 1})
		q.Enqueue(t, jobs.ProcessResult{CourseID: 1, ResultID: 2}, jobs.ProcessResult{CourseID: 1, ResultID: 3}, jobs.ProcessResult{CourseID: 1, ResultID: 2})
		q.Enqueue(t, jobs.ProcessResult{CourseID: 1, ResultID: 3}, jobs.ProcessResult{CourseID: 2, ResultID: 2})
		q.Enqueue(t)
		if got := q.States(t); fmt.Sprint(got) != "map[available:3]" {
			t.Errorf("the jobs are %v, want 3 available", got)
		}
		done := make(chan jobs.ProcessResult, 10)
		r := q.Start(t, registerFunc(func(_ context.Context, args jobs.ProcessResult) error { done <- args; return nil }))
		got := map[jobs.ProcessResult]int{}
		for range 3 {
			got[jobstest.Receive(t, done)]++
		}
		q.Stop(t, r)
		for _, want := range []jobs.ProcessResult{{CourseID: 1, ResultID: 2}, {CourseID: 1, ResultID: 3}, {CourseID: 2, ResultID: 2}} {
			if got[want] != 1 {
				t.Errorf("%v ran %d times, want once", want, got[want])
			}
		}
		if got := q.States(t); fmt.Sprint(got) != "map[completed:3]" {
			t.Errorf("the jobs are %v, want 3 completed", got)
		}
		q.Enqueue(t, jobs.ProcessResult{CourseID: 1, ResultID: 2}) // is inserted, because the equal job is completed
		if got := q.States(t); got["available"] != 1 {
			t.Errorf("the jobs are %v, want one available", got)
		}
	})
}

// A RetryLater postpones a job, a permanent error fails it, and after any other error it is
// retried.
func TestHandlerErrors(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		q := jobstest.Open(t, s)
		attempted := make(chan int64, 10)
		r := q.Start(t, registerFunc(func(_ context.Context, args jobs.UploadScores) error {
			defer func() { attempted <- args.UploadID }()
			switch args.UploadID {
			case 1:
				return jobs.RetryLater{After: time.Hour}
			case 2:
				return jobs.Permanent(errors.New("the assignment was deleted"))
			case 3:
				return jobstest.ErrFailed
			}
			panic("this is a bug")
		}))
		for id := range int64(4) {
			q.Enqueue(t, jobs.UploadScores{CourseID: 1, UploadID: id + 1})
		}
		for range 4 {
			jobstest.Receive(t, attempted)
		}
		q.Stop(t, r)
		// A job to retry is available and not retryable, because River makes a job available at once
		// if it is due within the interval of its scheduler (5 seconds).
		if got := q.States(t); fmt.Sprint(got) != "map[available:2 cancelled:1 scheduled:1]" {
			t.Errorf("the jobs are %v, want one cancelled, two to be retried and one postponed", got)
		}
		pause := "julianday(scheduled_at) - julianday(attempted_at) > 4.9 / 86400"
		if s.IsPostgres() {
			pause = "scheduled_at - attempted_at > interval '4.9 seconds'"
		}
		var paused int
		if err := s.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM river_job WHERE "+pause).Scan(&paused); err != nil || paused != 3 {
			t.Errorf("%d jobs wait for 5 seconds or more, %v, want 3", paused, err)
		}
	})
}

// A job that a stop cancels is available at once for the next runner, and the attempt does not
// count: the job is not given up, even in its last attempt.
func TestStopCancels(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		q := jobstest.Open(t, s)
		started := make(chan bool)
		r := q.Start(t, registerFunc(func(ctx context.Context, _ jobs.RefreshAssignment) error {
			started <- true
			<-ctx.Done()
			return fmt.Errorf("read from Canvas: %w", ctx.Err())
		}))
		const failedAttempts = 9 // of 10
		err := change.InTx(t.Context(), s, time.Now(), func(ctx context.Context, tx *change.Tx) error {
			if err := q.Insert(ctx, tx.SQLTx(), jobs.RefreshAssignment{CourseID: 1, AssignmentID: 2}); err != nil {
				return err
			}
			_, err := tx.SQLTx().ExecContext(ctx, fmt.Sprintf("UPDATE river_job SET attempt = %d", failedAttempts))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		jobstest.Receive(t, started)
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.Stop(cancelled); err != nil {
			t.Fatal(err)
		}
		if got := q.States(t); fmt.Sprint(got) != "map[available:1]" {
			t.Errorf("the jobs are %v, want one available at once", got)
		}
		done := make(chan jobs.RefreshAssignment)
		next := q.Start(t, registerFunc(func(_ context.Context, args jobs.RefreshAssignment) error { done <- args; return nil }))
		if got := jobstest.Receive(t, done); got != (jobs.RefreshAssignment{CourseID: 1, AssignmentID: 2}) {
			t.Errorf("the next runner runs %v, want the cancelled job", got)
		}
		q.Stop(t, next)
		var attempts int
		if err := s.SQL().QueryRowContext(t.Context(), "SELECT attempt FROM river_job").Scan(&attempts); err != nil || attempts != failedAttempts+1 {
			t.Errorf("the job has %d attempts, %v, want %d", attempts, err, failedAttempts+1)
		}
	})
}

// A stop waits for running jobs, and removes the heartbeat of the instance.
func TestStopWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		q := jobstest.Open(t, s)
		started := make(chan bool)
		r := q.Start(t, registerFunc(func(ctx context.Context, _ retention.Purge) error {
			started <- true
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(300 * time.Millisecond): // long enough that Stop would cancel the job first if it did not wait
				return nil
			}
		}))
		q.Enqueue(t, retention.Purge{})
		jobstest.Receive(t, started)
		q.Stop(t, r)
		if got := q.States(t); fmt.Sprint(got) != "map[completed:1]" {
			t.Errorf("the jobs are %v, want one completed", got)
		}
		var instances int
		if err := s.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM worker_instance").Scan(&instances); err != nil || instances != 0 {
			t.Errorf("%d instances have a heartbeat after the stop, %v, want none", instances, err)
		}
	})
}

// A job of a kind that has no handler here waits for another instance, and the attempt does not
// count.
func TestKindWithoutHandler(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		q := jobstest.Open(t, s)
		q.Enqueue(t, jobs.UploadScores{CourseID: 1, UploadID: 1}, jobs.RefreshAssignment{CourseID: 1, AssignmentID: 1}) // of the same queue
		refreshed := make(chan bool)
		r := q.Start(t, jobs.RegisterWithoutHandler[jobs.UploadScores](),
			registerFunc(func(context.Context, jobs.RefreshAssignment) error { refreshed <- true; return nil }))
		jobstest.Receive(t, refreshed)
		q.Stop(t, r)
		if got := q.States(t); fmt.Sprint(got) != "map[completed:1 scheduled:1]" {
			t.Errorf("the jobs are %v, want one completed and one that waits", got)
		}
		var attempts int
		if err := s.SQL().QueryRowContext(t.Context(), "SELECT max(attempt) FROM river_job WHERE state = 'scheduled'").Scan(&attempts); err != nil || attempts != 0 {
			t.Errorf("the waiting job has %d attempts, %v, want none", attempts, err)
		}
	})
}

// Start does not wait for a locked database after its context is cancelled.
func TestStartCancelled(t *testing.T) {
	s := dbtest.NewPostgres(t)
	lock, err := s.SQL().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Rollback()
	if _, err := lock.ExecContext(t.Context(), "LOCK TABLE worker_instance IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	conf := jobs.Config{Registrations: []jobs.Registration{registerFunc(func(context.Context, retention.Purge) error { return nil })}}
	r, err := jobs.NewRunner(t.Context(), s, conf, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan error)
	go func() { started <- r.Start(ctx) }()
	cancel()
	if err := jobstest.Receive(t, started); !errors.Is(err, context.Canceled) {
		t.Errorf("Start = %v, want %v", err, context.Canceled)
	}
}
