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

// The effective result of a group member is the group's result, even if the member who submitted it
// submits alone later. QueueResults queues the group's result together with the latest results.
func TestQueueEffectiveResults(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		insert := func(u *db.User, attempt int, attemptByUser map[int64]int) {
			t.Helper()
			item := dbtest.Result(fx.PublishedAssignment, u, attempt)
			if len(attemptByUser) > 1 {
				item.Group = []int64{fx.Anna.MomotorID, fx.Bob.MomotorID}
			}
			err := dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
				_, err := tx.InsertAttempts(ctx, fx.PublishedAssignment.Key(), []*change.NewAttempt{{ResultItem: item, AttemptByUser: attemptByUser}})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		anna, bob := fx.Anna.MomotorID, fx.Bob.MomotorID
		insert(fx.Anna, 1, map[int64]int{anna: 1}) // not an effective result
		insert(fx.Anna, 2, map[int64]int{anna: 2, bob: 1})
		insert(fx.Anna, 3, map[int64]int{anna: 3})
		for _, scope := range []change.EvaluationScope{change.EvaluateOutdated, change.EvaluateLatest} {
			dbtest.Exec(t, s, "UPDATE result SET state = 'done', revision = NULL")
			var queued []change.QueuedRun
			err := dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) (err error) {
				queued, err = tx.QueueResults(ctx, fx.PublishedAssignment.Key(), change.Evaluation{Scope: &scope})
				return err
			})
			if err != nil || len(queued) != 2 {
				t.Errorf("%s queues %v, %v, want the two effective results of Anna and Bob", scope, queued, err)
			}
		}
		if _, err := s.PurgeBundles(t.Context(), db.BundleProduct, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		dbtest.Exec(t, s, "UPDATE result SET state = 'done', revision = NULL")
		latest := change.EvaluateLatest
		err := dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
			_, err := tx.QueueResults(ctx, fx.PublishedAssignment.Key(), change.Evaluation{Scope: &latest})
			return err
		})
		if !errors.Is(err, fault.BadInput) {
			t.Errorf("QueueResults without products = %v, want %v", err, fault.BadInput)
		}
		all, err := s.ListAttempts(t.Context(), fx.PublishedAssignment.Key())
		if err != nil {
			t.Fatal(err)
		}
		firstID := all[0].ResultID
		err = dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
			_, err := tx.QueueResults(ctx, fx.PublishedAssignment.Key(), change.Evaluation{Results: []int64{firstID}})
			return err
		})
		if !errors.Is(err, fault.BadInput) || !strings.Contains(err.Error(), fmt.Sprintf("the id %d ", firstID)) {
			t.Errorf("QueueResults of a result without a product = %v, want an error with its id %d", err, firstID)
		}
	})
}

// The first recipe queues the results that were imported as paused or as queued, unless the
// assignment is paused after the change.
func TestFirstRecipe(t *testing.T) {
	for _, tt := range []struct {
		name         string
		paused       bool // before the change
		pausedChange *bool
		queued       int
	}{
		{"not paused", false, nil, 2},
		{"paused", true, nil, 0},
		{"paused by the change", false, new(true), 0},
		{"continued by the change", true, new(false), 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, s *db.Store) {
				fx := dbtest.NewFixture(t, s)
				assignment := &db.Assignment{CourseID: fx.Course.MomotorID, CanvasID: 77, Name: "New", Paused: tt.paused}
				if _, err := ingest.UpsertAssignment(t.Context(), s, assignment, nil, nil, dbtest.Noon); err != nil {
					t.Fatal(err)
				}
				for i, state := range []db.ResultState{db.StatePaused, db.StateQueued, db.StateDone} {
					item := dbtest.Result(assignment, []*db.User{fx.Anna, fx.Bob, fx.Carl}[i], 1)
					item.Result.State = state
					fx.UpsertResults(t, s, item)
				}
				queued, err := configure(t, s, assignment, change.Configuration{Recipe: dbtest.File("first.zip"), Paused: tt.pausedChange})
				if err != nil || len(queued) != tt.queued {
					t.Errorf("the first recipe queues %v, %v, want %d", queued, err, tt.queued)
				}
				_, results := readAsTeacher(t, s, assignment)
				if got := results[0].State; (got == db.StateQueued) != (tt.queued > 0) {
					t.Errorf("the first recipe queues %d results, and a paused result is %s then", tt.queued, got)
				}
			})
		})
	}
}

// A run that has ended leaves no engine job to cancel.
func TestEndedRunHasNoEngineJob(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		run := newRun(t, s, db.StateProcessing)
		run.EngineJob = "17"
		assignment := &db.Assignment{CourseID: run.CourseID, MomotorID: run.AssignmentID}
		if err := dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
			if err := tx.SaveRun(ctx, run); err != nil {
				return err
			}
			return tx.FinishRun(ctx, run, outcome())
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := queueResults(t, s, assignment, change.Evaluation{Results: []int64{run.ResultID}}); err != nil {
			t.Fatal(err)
		}
		if jobs, err := change.ListJobsToCancel(t.Context(), s, 9); err != nil || len(jobs) > 0 {
			t.Errorf("ListJobsToCancel = %q, %v, want no job of a run that has ended", jobs, err)
		}
	})
}

// A run that gets another engine job schedules the cancellation of the one before, for seven days.
func TestReplacedEngineJobIsCancelled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		run := newRun(t, s, db.StateProcessing)
		requireJobsToCancel := func(want ...string) {
			t.Helper()
			if got, err := change.ListJobsToCancel(t.Context(), s, 9); err != nil || !slices.Equal(got, want) {
				t.Errorf("ListJobsToCancel = %q, %v, want %q", got, err, want)
			}
		}
		save := func(job string) {
			t.Helper()
			run.EngineJob = job
			if err := dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error { return tx.SaveRun(ctx, run) }); err != nil {
				t.Fatal(err)
			}
		}
		save("17")
		save("17")
		requireJobsToCancel()
		save("18")
		requireJobsToCancel("17")
		const week = 7 * 24 * time.Hour
		for _, age := range []time.Duration{week, week + time.Second} {
			requireJobsToCancel("17")
			if err := change.RecordCancellation(t.Context(), s, "17", false, dbtest.Noon.Add(age)); err != nil {
				t.Fatal(err)
			}
		}
		requireJobsToCancel()
	})
}

// QueueResults queues a queued result again if the engine has received it with an old recipe, and
// schedules the cancellation of its engine job. If the recipe is the same, the result does not
// change. After 20 failed cancellations, ListJobsToCancel no longer returns the job.
func TestQueuedWithOldRecipe(t *testing.T) {
	const maxCancellations = 20
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		item := dbtest.Result(fx.PublishedAssignment, fx.Anna, 1)
		fx.UpsertResults(t, s, item)
		now := dbtest.Noon
		queue := func(scope ...change.EvaluationScope) change.QueuedRun {
			t.Helper()
			ev := change.Evaluation{Results: []int64{item.Result.MomotorID}}
			if len(scope) > 0 {
				ev = change.Evaluation{Scope: &scope[0]}
			}
			var queued []change.QueuedRun
			now = now.Add(time.Second)
			err := change.InTx(t.Context(), s, now, func(ctx context.Context, tx *change.Tx) (err error) {
				queued, err = tx.QueueResults(ctx, fx.PublishedAssignment.Key(), ev)
				return err
			})
			if err != nil || len(queued) != 1 {
				t.Fatalf("QueueResults = %v, %v", queued, err)
			}
			return queued[0]
		}
		requireJobsToCancel := func(want ...string) {
			t.Helper()
			if got, err := change.ListJobsToCancel(t.Context(), s, 9); err != nil || !slices.Equal(got, want) {
				t.Errorf("ListJobsToCancel = %q, %v, want %q", got, err, want)
			}
		}
		first := queue()
		run, err := change.LoadRun(t.Context(), s, fx.Course.MomotorID, first.ID, first.Generation)
		if err != nil {
			t.Fatal(err)
		}
		run.EngineJob, run.Progress = "17", change.RunProgress{State: db.StateQueued}
		if err := dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error { return tx.SaveRun(ctx, run) }); err != nil {
			t.Fatal(err)
		}
		if again := queue(); again != first {
			t.Errorf("QueueResults with the same recipe = %v, want %v", again, first)
		}
		requireJobsToCancel()
		if _, err := configure(t, s, fx.PublishedAssignment, change.Configuration{Recipe: dbtest.File("other.zip")}); err != nil {
			t.Fatal(err)
		}
		second := queue(change.EvaluateOutdated)
		if second == first {
			t.Errorf("QueueResults with another recipe = %v, want another generation", second)
		}
		requireJobsToCancel("17")
		if run, err := change.LoadRun(t.Context(), s, fx.Course.MomotorID, second.ID, second.Generation); err != nil || run.Revision != 2 || run.EngineJob != "" {
			t.Errorf("LoadRun = %+v, %v, want revision 2 without a job", run, err)
		}
		const cancelled = false
		for range maxCancellations - 1 {
			if err := change.RecordCancellation(t.Context(), s, "17", cancelled, now); err != nil {
				t.Fatal(err)
			}
		}
		requireJobsToCancel("17")
		if err := change.RecordCancellation(t.Context(), s, "17", cancelled, now); err != nil {
			t.Fatal(err)
		}
		requireJobsToCancel()
	})
}
