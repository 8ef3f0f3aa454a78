package change_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/fault"
)

// What a group handed in counts for a mate when the user of its result has gone on alone: it
// is processed again with the latest ones.
func TestEvaluateWhatCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		take := func(u *db.User, attempt int, numbers map[int64]int) {
			t.Helper()
			item := dbtest.Result(w.Published, u, attempt)
			if len(numbers) > 1 {
				item.Group = []int64{w.Anna.MomotorID, w.Bob.MomotorID}
			}
			err := dbtest.InTx(t, s, func(ctx context.Context, c *change.Tx) error {
				_, err := c.InsertAttempts(ctx, w.Published.Key(), []*change.NewAttempt{{ResultItem: item, Numbers: numbers}})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		anna, bob := w.Anna.MomotorID, w.Bob.MomotorID
		take(w.Anna, 1, map[int64]int{anna: 1}) // which counts no more
		take(w.Anna, 2, map[int64]int{anna: 2, bob: 1})
		take(w.Anna, 3, map[int64]int{anna: 3})
		for _, scope := range []change.EvaluationScope{change.EvaluateOutdated, change.EvaluateLatest} {
			dbtest.Exec(t, s, "UPDATE result SET state = 'done', revision = NULL")
			var queued []change.QueuedRun
			err := dbtest.InTx(t, s, func(ctx context.Context, c *change.Tx) (err error) {
				queued, err = c.QueueResults(ctx, w.Published.Key(), change.Evaluation{Scope: &scope})
				return err
			})
			if err != nil || len(queued) != 2 {
				t.Errorf("%s queues %v, %v, want the last of anna and of bob", scope, queued, err)
			}
		}
		if _, err := s.PurgeBundles(t.Context(), db.BundleProduct, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		dbtest.Exec(t, s, "UPDATE result SET state = 'done', revision = NULL")
		latest := change.EvaluateLatest
		err := dbtest.InTx(t, s, func(ctx context.Context, c *change.Tx) error {
			_, err := c.QueueResults(ctx, w.Published.Key(), change.Evaluation{Scope: &latest})
			return err
		})
		if !errors.Is(err, fault.BadInput) {
			t.Errorf("without anything that was handed in: QueueResults = %v, want %v", err, fault.BadInput)
		}
		all, err := s.ListAttempts(t.Context(), w.Published.Key())
		if err != nil {
			t.Fatal(err)
		}
		one := all[0].ResultID
		err = dbtest.InTx(t, s, func(ctx context.Context, c *change.Tx) error {
			_, err := c.QueueResults(ctx, w.Published.Key(), change.Evaluation{Results: []int64{one}})
			return err
		})
		if !errors.Is(err, fault.BadInput) || !strings.Contains(err.Error(), fmt.Sprintf("the id %d ", one)) {
			t.Errorf("of one of them: QueueResults = %v, want its id %d", err, one)
		}
	})
}

// The first recipe queues what waited for one: what came paused, and what came queued with an
// import.
func TestFirstRecipe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		g := &db.Assignment{CourseID: w.Course.MomotorID, CanvasID: 77, Name: "New"}
		if _, err := ingest.UpsertAssignment(t.Context(), s, g, nil, nil, dbtest.Noon); err != nil {
			t.Fatal(err)
		}
		for i, state := range []db.ResultState{db.StatePaused, db.StateQueued, db.StateDone} {
			item := dbtest.Result(g, []*db.User{w.Anna, w.Bob, w.Carl}[i], 1)
			item.Result.State = state
			w.UpsertResults(t, s, item)
		}
		queued, err := configure(t, s, g, change.Configuration{Recipe: dbtest.File("first.zip")})
		if err != nil || len(queued) != 2 {
			t.Errorf("the first recipe queues %v, %v, want two", queued, err)
		}
	})
}

// A result that the engine has got with an old recipe is queued once more for the new one,
// and the engine is to end the job that it had. With the same recipe it just waits on.
func TestQueuedWithOldRecipe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		item := dbtest.Result(w.Published, w.Anna, 1)
		w.UpsertResults(t, s, item)
		now := dbtest.Noon
		queue := func(scope ...change.EvaluationScope) change.QueuedRun {
			t.Helper()
			ev := change.Evaluation{Results: []int64{item.Result.MomotorID}}
			if len(scope) > 0 {
				ev = change.Evaluation{Scope: &scope[0]}
			}
			var queued []change.QueuedRun
			now = now.Add(time.Second)
			err := change.InTx(t.Context(), s, now, func(ctx context.Context, c *change.Tx) (err error) {
				queued, err = c.QueueResults(ctx, w.Published.Key(), ev)
				return err
			})
			if err != nil || len(queued) != 1 {
				t.Fatalf("QueueResults = %v, %v", queued, err)
			}
			return queued[0]
		}
		jobs := func(want ...string) {
			t.Helper()
			if got, err := change.ListJobsToCancel(t.Context(), s, 9); err != nil || !slices.Equal(got, want) {
				t.Errorf("JobsToEnd = %q, %v, want %q", got, err, want)
			}
		}
		first := queue()
		run, err := change.LoadRun(t.Context(), s, w.Course.MomotorID, first.ID, first.Generation)
		if err != nil {
			t.Fatal(err)
		}
		run.EngineJob, run.Progress = "17", change.RunProgress{State: db.StateQueued}
		if err := dbtest.InTx(t, s, func(ctx context.Context, c *change.Tx) error { return c.SaveRun(ctx, run) }); err != nil {
			t.Fatal(err)
		}
		if again := queue(); again != first {
			t.Errorf("queued with the same recipe: %v, want %v", again, first)
		}
		jobs()
		if _, err := configure(t, s, w.Published, change.Configuration{Recipe: dbtest.File("other.zip")}); err != nil {
			t.Fatal(err)
		}
		second := queue(change.EvaluateOutdated)
		if second == first {
			t.Errorf("queued with another recipe: %v, as before", second)
		}
		jobs("17")
		if run, err := change.LoadRun(t.Context(), s, w.Course.MomotorID, second.ID, second.Generation); err != nil || run.Revision != 2 || run.EngineJob != "" {
			t.Errorf("Run = %+v, %v, want revision 2 without a job", run, err)
		}
		for range 19 {
			if err := change.RecordCancellation(t.Context(), s, "17", false, now); err != nil {
				t.Fatal(err)
			}
		}
		jobs("17")
		if err := change.RecordCancellation(t.Context(), s, "17", false, now); err != nil {
			t.Fatal(err)
		}
		jobs()
	})
}
