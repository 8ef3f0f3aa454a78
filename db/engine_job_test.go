package db_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// The first recipe queues what waited for one: what came paused, and what came queued with an
// import.
func TestFirstRecipe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := newWorld(t, s)
		g := &db.Assignment{CourseID: w.course.MomotorID, CanvasID: 77, Name: "New"}
		if _, err := s.PutAssignment(t.Context(), g, nil, nil, noon); err != nil {
			t.Fatal(err)
		}
		for i, state := range []db.ResultState{db.StatePaused, db.StateQueued, db.StateDone} {
			item := result(g, []*db.User{w.anna, w.bob, w.carl}[i], 1)
			item.Result.State = state
			w.put(t, s, item)
		}
		queued, err := configure(t, s, g, db.Configuration{Recipe: file("first.zip")})
		if err != nil || len(queued) != 2 {
			t.Errorf("the first recipe queues %v, %v, want two", queued, err)
		}
	})
}

// A result that the engine has got with an old recipe is queued once more for the new one,
// and the engine is to end the job that it had. With the same recipe it just waits on.
func TestQueuedWithOldRecipe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := newWorld(t, s)
		item := result(w.published, w.anna, 1)
		w.put(t, s, item)
		now := noon
		queue := func(scope ...db.EvaluationScope) db.Queued {
			t.Helper()
			ev := db.Evaluation{Results: []int64{item.Result.MomotorID}}
			if len(scope) > 0 {
				ev = db.Evaluation{Scope: &scope[0]}
			}
			var queued []db.Queued
			now = now.Add(time.Second)
			err := s.Change(t.Context(), now, func(ctx context.Context, c *db.Changing) (err error) {
				queued, err = c.QueueResults(ctx, keyOf(w.published), ev)
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
		second := queue(db.EvaluateOutdated)
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
