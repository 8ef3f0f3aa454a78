package refresh

import (
	"context"
	"errors"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/jobs"
)

// A refreshRun is one attempt at a refresh.
type refreshRun struct {
	*Handler
	client                             *canvas.Client
	key                                db.AssignmentKey
	accountID                          int64
	courseCanvasID, assignmentCanvasID canvas.ID
	isGroupAssignment                  bool
	userIDs                            map[canvas.ID]int64 // ids in the store by ids in Canvas
	counts                             changeCounts
	fetchErrors                        []error // one for each attempt that could not be fetched
}

// changeCounts are the numbers of rows that a refresh changed.
type changeCounts struct{ enrolled, unenrolled, newResults, updatedResults int }

func (r *refreshRun) run(ctx context.Context) error {
	if found, err := r.syncCourse(ctx); err != nil || !found {
		return err
	}
	if found, err := r.syncAssignment(ctx); err != nil || !found {
		return err
	}
	if err := r.syncPeople(ctx); err != nil {
		return err
	}
	if err := r.syncAttempts(ctx); err != nil {
		return err
	}
	r.Log.InfoContext(ctx, "assignment refreshed", "course", r.key.CourseID, "assignment", r.key.ID,
		"results", r.counts.newResults, "updated", r.counts.updatedResults, "enrolled", r.counts.enrolled, "unenrolled", r.counts.unenrolled,
		"failed", len(r.fetchErrors))
	return nil
}

// syncCourse updates the course, and reports whether Canvas still has it.
func (r *refreshRun) syncCourse(ctx context.Context) (found bool, err error) {
	course, err := r.client.Course(ctx, r.courseCanvasID)
	deleted := errors.Is(err, canvas.ErrNotFound) || course.WorkflowState == "deleted"
	if err != nil && !deleted {
		return false, err
	}
	return !deleted, r.change(ctx, func(ctx context.Context, c *change.Tx) error {
		if deleted {
			r.Log.WarnContext(ctx, "course is no longer in Canvas", "course", r.key.CourseID)
			return c.InvalidateCourse(ctx, r.key.CourseID)
		}
		return c.UpdateCourse(ctx, r.key.CourseID, db.CutName(course.CourseCode), db.CutName(course.Name))
	})
}

// syncAssignment updates the assignment, and reports whether Canvas still has it.
func (r *refreshRun) syncAssignment(ctx context.Context) (found bool, err error) {
	assignment, err := r.client.Assignment(ctx, r.courseCanvasID, r.assignmentCanvasID)
	deleted := errors.Is(err, canvas.ErrNotFound) || assignment.WorkflowState == "deleted"
	if err != nil && !deleted {
		return false, err
	}
	r.isGroupAssignment = assignment.GroupCategoryID != 0
	return !deleted, r.change(ctx, func(ctx context.Context, c *change.Tx) error {
		if deleted {
			r.Log.WarnContext(ctx, "assignment is no longer in Canvas", "course", r.key.CourseID, "assignment", r.key.ID)
			return c.DeactivateAssignment(ctx, r.key)
		}
		return errors.Join(c.RenameAssignment(ctx, r.key, db.CutName(assignment.Name)),
			c.UpdateCanvasSettings(ctx, r.key, jobs.CanvasSettings(assignment, r.Now())))
	})
}

// logSkippedRow logs that the refresh skips a Canvas row that the store cannot represent.
func (r *refreshRun) logSkippedRow(ctx context.Context, kind string, id canvas.ID) {
	r.Log.WarnContext(ctx, "skipped an invalid row of Canvas", "kind", kind, "id", id,
		"course", r.key.CourseID, "assignment", r.key.ID)
}
