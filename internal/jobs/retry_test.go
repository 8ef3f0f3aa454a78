package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/jobs/jobstest"
)

// A patient does what it is told, and notes what was given up.
type patient struct {
	do    func(context.Context, jobs.Upload) error
	given chan string
	fails error // of GiveUp
}

func (p *patient) Do(ctx context.Context, u jobs.Upload) error { return p.do(ctx, u) }

func (p *patient) GiveUp(_ context.Context, u jobs.Upload, reason error) error {
	p.given <- fmt.Sprintf("%d: %v", u.UploadID, reason)
	return p.fails
}

// What is given up is written down as such: at once when it is pointless, at the last go
// when it fails, and without a further one when it was stuck or is what kills the program.
func TestGiveUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		const goes = 10
		h := jobstest.Open(t, s)
		many := `'{"killed": 100}'`
		if !s.Fused() { // SQLite
			many = "jsonb(" + many + ")"
		}
		for id, before := range []string{
			"attempt = 0", fmt.Sprintf("attempt = %d", goes-2), fmt.Sprintf("attempt = %d", goes-1), fmt.Sprintf("attempt = %d", goes), "metadata = " + many,
		} {
			h.Enqueue(t, nil, jobs.Upload{CourseID: 1, UploadID: int64(id + 1)})
			_, err := s.SQL().ExecContext(t.Context(), "UPDATE river_job SET "+before+" WHERE id = (SELECT max(id) FROM river_job)")
			if err != nil {
				t.Fatal(err)
			}
		}
		done := make(chan int64, 10)
		p := &patient{given: make(chan string, 10), do: func(_ context.Context, u jobs.Upload) error {
			done <- u.UploadID
			if u.UploadID == 1 {
				return fmt.Errorf("there is no Canvas: %w", jobs.ErrPointless)
			}
			return jobstest.ErrRefused
		}}
		r := h.Start(t, jobs.Workers{Upload: p})
		given := map[string]string{}
		for range 4 {
			id, reason, _ := strings.Cut(jobstest.Receive(t, p.given), ": ")
			given[id] = reason
		}
		for range 3 { // the first three, and no other
			if id := jobstest.Receive(t, done); id > 3 {
				t.Errorf("%d is done, though it is to be given up", id)
			}
		}
		h.Stop(t, r)
		for id, want := range map[string]string{"1": "there is no Canvas", "3": jobstest.ErrRefused.Error(), "4": "it was stuck", "5": "the program was killed"} {
			if !strings.HasPrefix(given[id], want) {
				t.Errorf("%s is given up since %q, want %q", id, given[id], want)
			}
		}
		if got := h.States(t); fmt.Sprint(got) != "map[cancelled:4 retryable:1]" && fmt.Sprint(got) != "map[available:1 cancelled:4]" {
			t.Errorf("the work is %v, want four given up and one to be tried again", got)
		}
	})
}

// What could not be written down as given up is given up again.
func TestGiveUpFails(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		h := jobstest.Open(t, s)
		p := &patient{given: make(chan string, 1), fails: errors.New("the database is away"), do: func(context.Context, jobs.Upload) error { return jobs.ErrPointless }}
		h.Enqueue(t, nil, jobs.Upload{CourseID: 1, UploadID: 1})
		r := h.Start(t, jobs.Workers{Upload: p})
		jobstest.Receive(t, p.given)
		h.Stop(t, r)
		if got := h.States(t); fmt.Sprint(got) != "map[scheduled:1]" {
			t.Errorf("the work is %v, want it for later", got)
		}
	})
}

// timed is a verb that notes how long it may take.
func timed[T river.JobArgs](left chan<- time.Duration) do[T] {
	return func(ctx context.Context, _ T) error {
		end, _ := ctx.Deadline()
		left <- time.Until(end)
		return nil
	}
}

// Work of each kind has a time limit of its own.
func TestLimits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		h := jobstest.Open(t, s)
		left := map[string]chan time.Duration{}
		for _, kind := range []string{"process", "refresh", "upload", "sync", "purge"} {
			left[kind] = make(chan time.Duration, 1)
		}
		h.Enqueue(t, nil, jobs.Process{}, jobs.Refresh{}, jobs.Upload{}, jobs.Sync{}, jobs.Purge{})
		r := h.Start(t, jobs.Workers{
			Process: timed[jobs.Process](left["process"]), Refresh: timed[jobs.Refresh](left["refresh"]), Upload: timed[jobs.Upload](left["upload"]),
			Sync: timed[jobs.Sync](left["sync"]), Purge: timed[jobs.Purge](left["purge"]),
		})
		for kind, want := range map[string]time.Duration{
			"process": time.Hour, "refresh": 30 * time.Minute, "upload": 30 * time.Minute, "sync": 5 * time.Minute, "purge": 30 * time.Minute,
		} {
			if got := jobstest.Receive(t, left[kind]); got > want || got < want-time.Minute {
				t.Errorf("%s may take %s, want %s", kind, got, want)
			}
		}
		h.Stop(t, r)
	})
}

// A runner that is asked to stop while the database lets it do nothing does not wait for it.
func TestStartStops(t *testing.T) {
	s := dbtest.Open(t, dbtest.Postgres(t))
	h := jobstest.Open(t, s)
	lock, err := s.SQL().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Rollback()
	if _, err := lock.ExecContext(t.Context(), "LOCK TABLE program IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	r, err := jobs.NewRunner(t.Context(), h.Store, jobs.Workers{Purge: do[jobs.Purge](func(context.Context, jobs.Purge) error { return nil })}, slog.New(slog.DiscardHandler))
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
