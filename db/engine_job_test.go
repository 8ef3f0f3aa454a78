package db_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// A result that the engine has got with an old recipe is queued once more for the new one,
// and the engine is to end the job that it had. With the same recipe it just waits on.
func TestQueuedWithOldRecipe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := newWorld(t, s)
		item := result(w.published, w.anna, 1)
		w.put(t, s, item)
		now := noon
		queue := func() db.Queued {
			t.Helper()
			var queued []db.Queued
			now = now.Add(time.Second)
			err := s.Change(t.Context(), now, func(ctx context.Context, c *db.Changing) (err error) {
				queued, err = c.QueueResults(ctx, keyOf(w.published), db.Evaluation{Results: []int64{item.Result.MomotorID}})
				return err
			})
			if err != nil || len(queued) != 1 {
				t.Fatalf("QueueResults = %v, %v", queued, err)
			}
			return queued[0]
		}
		jobs := func(want ...string) {
			t.Helper()
			if got, err := s.JobsToEnd(t.Context(), 9); err != nil || !slices.Equal(got, want) {
				t.Errorf("JobsToEnd = %q, %v, want %q", got, err, want)
			}
		}
		first := queue()
		run, err := s.Run(t.Context(), w.course.MomotorID, first.ID, first.Turn)
		if err != nil {
			t.Fatal(err)
		}
		run.EngineJob, run.Note = "17", db.RunNote{State: db.StateQueued}
		if err := change(t, s, func(ctx context.Context, c *db.Changing) error { return c.NoteRun(ctx, run) }); err != nil {
			t.Fatal(err)
		}
		if again := queue(); again != first {
			t.Errorf("queued with the same recipe: %v, want %v", again, first)
		}
		jobs()
		if _, err := configure(t, s, w.published, db.Configuration{Recipe: file("other.zip")}); err != nil {
			t.Fatal(err)
		}
		second := queue()
		if second == first {
			t.Errorf("queued with another recipe: %v, as before", second)
		}
		jobs("17")
		if run, err := s.Run(t.Context(), w.course.MomotorID, second.ID, second.Turn); err != nil || run.Revision != 2 || run.EngineJob != "" {
			t.Errorf("Run = %+v, %v, want revision 2 without a job", run, err)
		}
		for range 19 {
			if err := s.JobEnded(t.Context(), "17", false, now); err != nil {
				t.Fatal(err)
			}
		}
		jobs("17")
		if err := s.JobEnded(t.Context(), "17", false, now); err != nil {
			t.Fatal(err)
		}
		jobs()
	})
}
