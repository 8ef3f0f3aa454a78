package change_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/fault"
)

// Changes of a result run one after the other, even if they overlap: the second one sees what the
// first one wrote.
func TestOverlappingChanges(t *testing.T) {
	type step = func(ctx context.Context, tx *change.Tx, run *change.Run) error
	requeue := func(ctx context.Context, tx *change.Tx, run *change.Run) error {
		_, err := tx.QueueResults(ctx, db.AssignmentKey{CourseID: run.CourseID, ID: run.AssignmentID}, change.Evaluation{Results: []int64{run.ResultID}})
		return err
	}
	save := func(ctx context.Context, tx *change.Tx, run *change.Run) error { return tx.SaveRun(ctx, run) }
	finish := func(ctx context.Context, tx *change.Tx, run *change.Run) error {
		return tx.FinishRun(ctx, run, outcome())
	}
	for _, tt := range []struct {
		name          string
		before        db.ResultState
		first, second step
		err           error // of second
		after         db.ResultState
	}{
		{"a run ends while its result is queued again", db.StateProcessing, requeue, finish, fault.NotFound, db.StateQueued},
		{"a run is saved while its result is queued again", db.StateProcessing, requeue, save, fault.NotFound, db.StateQueued},
		{"a result is queued while its run ends", db.StateQueued, finish, requeue, nil, db.StateQueued},
		{"a run is saved while it ends", db.StateProcessing, finish, save, fault.NotFound, db.StateDone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, s *db.Store) {
				run := newRun(t, s, tt.before)
				later := dbtest.Noon.Add(time.Hour)
				firstErr, err := dbtest.Overlap(t, s, func(beforeCommit func()) error {
					return change.InTx(t.Context(), s, later, func(ctx context.Context, tx *change.Tx) error {
						defer beforeCommit()
						return tt.first(ctx, tx, run)
					})
				}, func() error {
					return change.InTx(t.Context(), s, later, func(ctx context.Context, tx *change.Tx) error { return tt.second(ctx, tx, run) })
				})
				if firstErr != nil || !errors.Is(err, tt.err) {
					t.Errorf("the changes return %v and %v, want nil and %v", firstErr, err, tt.err)
				}
				if _, results := readAsTeacher(t, s, &db.Assignment{CourseID: run.CourseID, MomotorID: run.AssignmentID}); results[0].State != tt.after {
					t.Errorf("the result is %s, want %s", results[0].State, tt.after)
				}
			})
		})
	}
}

// newRun writes a result to a store, queues it and returns its run in the given state.
func newRun(t *testing.T, s *db.Store, state db.ResultState) *change.Run {
	t.Helper()
	fx := dbtest.NewFixture(t, s)
	item := dbtest.Result(fx.PublishedAssignment, fx.Anna, 1)
	fx.UpsertResults(t, s, item)
	if _, err := queueResults(t, s, fx.PublishedAssignment, change.Evaluation{Results: []int64{item.Result.MomotorID}}); err != nil {
		t.Fatal(err)
	}
	run, err := change.LoadRun(t.Context(), s, fx.Course.MomotorID, item.Result.MomotorID, dbtest.Noon.UnixMicro())
	if err != nil {
		t.Fatal(err)
	}
	run.Progress.State = state
	if err := dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error { return tx.SaveRun(ctx, run) }); err != nil {
		t.Fatal(err)
	}
	return run
}

// outcome returns the outcome of a run.
func outcome() *ingest.ResultItem {
	item := dbtest.Result(&db.Assignment{}, &db.User{}, 0)
	item.Bundles = item.Bundles[1:] // without the product
	return item
}
