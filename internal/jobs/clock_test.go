package jobs

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// An inserted job is due at the time of its transaction by the clock of the database, whatever the clock
// of the instance is.
func TestJobsAreDueByDatabaseClock(t *testing.T) {
	t.Parallel()
	store := dbtest.Open(t, dbtest.Postgres(t))
	q, err := NewQueue(store)
	if err != nil {
		t.Fatal(err)
	}
	err = store.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if err := q.Insert(ctx, tx.Tx, ProcessResult{CourseID: 1, ResultID: 1}, ProcessResult{CourseID: 1, ResultID: 2}); err != nil {
			return err
		}
		var due int
		err := tx.NewRaw("SELECT count(*) FROM river_job WHERE scheduled_at = now() AND created_at = now() AND state = 'available'").Scan(ctx, &due)
		if err == nil && due != 2 {
			t.Errorf("%d jobs are due at the time of their transaction, want 2", due)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A failingHandler fails job 1 and postpones others.
type failingHandler struct{ done chan struct{} }

func (h failingHandler) Do(_ context.Context, args ProcessResult) error {
	h.done <- struct{}{}
	if args.ResultID == 1 {
		return errors.New("failed on purpose")
	}
	return RetryLater{After: time.Minute}
}

func (failingHandler) GiveUp(context.Context, ProcessResult, error) error { return nil }

// Retried, postponed and periodic jobs are due by the clock of the database although the clock of the instance is a
// day ahead or behind.
func TestRetriesAreDueByDatabaseClock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		if !store.IsPostgres() {
			t.Skip("SQLite has the clock of the instance")
		}
		for name, skew := range map[string]time.Duration{"ahead": 24 * time.Hour, "behind": -24 * time.Hour} {
			t.Run(name, func(t *testing.T) {
				dbtest.Exec(t, store, "DELETE FROM river_job")
				dbtest.Exec(t, store, "DELETE FROM river_leader")
				retryWithSkew(t, store, skew)
				var off int
				err := store.DB().NewRaw(`SELECT count(*) FROM river_job
					WHERE scheduled_at NOT BETWEEN now() - interval '10 minutes' AND now() + interval '10 minutes'`).Scan(t.Context(), &off)
				if err != nil || off != 0 {
					t.Errorf("%d jobs are due in more than ten minutes or were ten minutes ago, %v", off, err)
				}
			})
		}
	})
}

// retryWithSkew runs a job that fails, one that is postponed and a periodic one, by an instance with a
// wrong clock.
func retryWithSkew(t *testing.T, store *db.Store, skew time.Duration) {
	t.Helper()
	q, err := NewQueue(store)
	if err != nil {
		t.Fatal(err)
	}
	err = store.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return q.Insert(ctx, tx.Tx, []river.JobArgs{ProcessResult{CourseID: 1, ResultID: 1}, ProcessResult{CourseID: 1, ResultID: 2}}...)
	})
	if err != nil {
		t.Fatal(err)
	}
	h := failingHandler{make(chan struct{}, 10)}
	r, err := NewRunner(t.Context(), store, Config{
		Registrations: []Registration{RegisterPeriodic(h, time.Hour)},
		Now:           func() time.Time { return time.Now().Add(skew) },
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		<-h.done
	}
	if err := r.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
}
