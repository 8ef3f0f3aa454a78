package refresh

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/jobs"
)

// A Refresher does Refresh: it brings an assignment, its course and the people in it up to
// date with Canvas, and makes results of new attempts. It deletes neither people nor
// results. What it does is told apart by Canvas' own keys, so that it can be done again from
// the beginning, by several at once.
type Refresher struct {
	Store    *db.Store
	Blobs    blob.Store
	Queue    *jobs.Queue
	Canvases jobs.Canvases
	Now      func() time.Time
	Log      *slog.Logger
	// MostProduct is how many bytes a student's files may have together; 0 is 100 MiB.
	MostProduct int64
}

// Do implements Verb.
func (r *Refresher) Do(ctx context.Context, w jobs.Refresh) error {
	target, err := r.Store.LoadSyncTarget(ctx, w.Key())
	switch {
	case errors.Is(err, fault.NotFound):
		return fmt.Errorf("%w: %w", err, jobs.ErrPointless)
	case err != nil:
		return err
	case target.Course.ReadOnly:
		return nil
	}
	client, err := r.Canvases.Client(ctx, target.Course.AccountID)
	if err != nil {
		return jobs.CanvasError(err)
	}
	s := &syncing{
		Refresher: r, client: client, key: w.Key(), account: target.Course.AccountID,
		course: canvas.ID(target.Course.CanvasID), assignment: canvas.ID(target.Assignment.CanvasID),
		users: map[canvas.ID]int64{},
	}
	err = s.run(ctx)
	// What can not be had of single attempts says nothing of how Canvas is reached.
	return errors.Join(jobs.CanvasError(err), s.failedToFetch(), r.Canvases.Contacted(ctx, s.account, err))
}

// GiveUp implements Verb. The next refresh is another one: who asked may do so again at once
// when Canvas was not asked for anything, as where it is not set up.
func (r *Refresher) GiveUp(ctx context.Context, w jobs.Refresh, reason error) error {
	if _, asked := errors.AsType[*canvas.Error](reason); asked || w.Asked == 0 || !errors.Is(reason, jobs.ErrPointless) {
		return nil
	}
	return r.change(ctx, func(ctx context.Context, c *change.Tx) error { return c.ResetRefresh(ctx, w.Key()) })
}

func (r *Refresher) change(ctx context.Context, f func(context.Context, *change.Tx) error) error {
	return change.InTx(ctx, r.Store, r.Now(), f)
}

// A syncing is one go at a Refresh.
type syncing struct {
	*Refresher
	client             *canvas.Client
	key                db.AssignmentKey
	account            int64     // of the store
	course, assignment canvas.ID // of Canvas
	byGroup            bool
	users              map[canvas.ID]int64 // the ids of people in the store, by those of Canvas
	report             syncReport
	unfetched          []error // what went wrong with attempts that could not be had
}

// A syncReport counts what a go changed.
type syncReport struct{ came, went, results, followed int }

func (s *syncing) run(ctx context.Context) error {
	if found, err := s.syncCourse(ctx); err != nil || !found {
		return err
	}
	if found, err := s.syncAssignment(ctx); err != nil || !found {
		return err
	}
	if err := s.syncPeople(ctx); err != nil {
		return err
	}
	if err := s.syncAttempts(ctx); err != nil {
		return err
	}
	n := &s.report
	s.Log.InfoContext(ctx, "an assignment is up to date with Canvas", "course", s.key.CourseID, "assignment", s.key.ID,
		"results", n.results, "followed", n.followed, "enrolled", n.came, "unenrolled", n.went,
		"unfetched", len(s.unfetched))
	return nil
}

// syncCourse tells whether Canvas still has the course.
func (s *syncing) syncCourse(ctx context.Context) (found bool, err error) {
	c, err := s.client.Course(ctx, s.course)
	gone := errors.Is(err, canvas.ErrNotFound) || c.WorkflowState == "deleted"
	if err != nil && !gone {
		return false, err
	}
	return !gone, s.change(ctx, func(ctx context.Context, ch *change.Tx) error {
		if gone {
			s.Log.WarnContext(ctx, "Canvas has a course no more", "course", s.key.CourseID)
			return ch.InvalidateCourse(ctx, s.key.CourseID)
		}
		return ch.UpdateCourse(ctx, s.key.CourseID, c.CourseCode, c.Name)
	})
}

// syncAssignment tells whether Canvas still has the assignment.
func (s *syncing) syncAssignment(ctx context.Context) (found bool, err error) {
	a, err := s.client.Assignment(ctx, s.course, s.assignment)
	gone := errors.Is(err, canvas.ErrNotFound) || a.WorkflowState == "deleted"
	if err != nil && !gone {
		return false, err
	}
	s.byGroup = a.GroupCategoryID != 0
	return !gone, s.change(ctx, func(ctx context.Context, ch *change.Tx) error {
		if gone {
			s.Log.WarnContext(ctx, "Canvas has an assignment no more", "course", s.key.CourseID, "assignment", s.key.ID)
			return ch.DeactivateAssignment(ctx, s.key)
		}
		return errors.Join(ch.RenameAssignment(ctx, s.key, a.Name), ch.UpdateCanvasSettings(ctx, s.key, jobs.CanvasSettings(a, s.Now())))
	})
}
