package upload

import (
	"context"
	"errors"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/jobs"
)

// maxConflicts is how often an attempt starts over because another instance changed the upload.
const maxConflicts = 10

// An uploadRun is one attempt at an upload.
type uploadRun struct {
	*Handler
	args   jobs.UploadScores
	client *canvas.Client
	target *db.UploadTarget

	// Each round reads these fields again.
	upload     *db.ScoreUpload
	assignment canvas.Assignment
	// settingsStored reports whether Canvas sent its settings of the assignment, which are
	// stored once for each attempt.
	settingsStored bool
}

// run repeats rounds until the upload has ended.
func (r *uploadRun) run(ctx context.Context) error {
	for conflicts := 0; ; {
		ended, err := r.runRound(ctx)
		switch {
		case ended, errors.Is(err, errUploadEnded): // another instance may have ended it
			return nil
		case errors.Is(err, fault.Conflict) && conflicts < maxConflicts: // another instance changed it
			conflicts++
		case err != nil:
			return err
		}
	}
}

// runRound records the outcomes of pending scores, and then sends the next scores.
func (r *uploadRun) runRound(ctx context.Context) (ended bool, err error) {
	if r.upload, err = r.begin(ctx, r.args); err != nil {
		return false, err
	}
	if err := r.readAssignment(ctx); err != nil {
		return false, err
	}
	known, err := r.Store.ListKnownOutcomes(ctx, r.args.CourseID, r.args.UploadID)
	if err != nil {
		return false, err
	}
	if pending := pendingOutcomes(known); len(pending) > 0 {
		if known, err = r.resolvePending(ctx, pending); err != nil {
			return false, err
		}
	}
	return r.sendNext(ctx, known)
}

// readAssignment reads the assignment from Canvas, and stores its settings once.
func (r *uploadRun) readAssignment(ctx context.Context) (err error) {
	r.assignment, err = r.client.Assignment(ctx, canvas.ID(r.target.CourseCanvasID), canvas.ID(r.target.AssignmentCanvasID))
	if err != nil || r.settingsStored {
		return err
	}
	r.settingsStored = true
	return r.change(ctx, r.args, func(ctx context.Context, c *change.Tx) error {
		key := db.AssignmentKey{CourseID: r.upload.CourseID, ID: r.upload.AssignmentID}
		return c.UpdateCanvasSettings(ctx, key, jobs.CanvasSettings(r.assignment, r.Now()))
	})
}

// recordCanvasAvailability records whether Canvas answered. It records nothing if the error of the
// attempt does not show whether Canvas answered, or if the attempt was cancelled.
func (r *uploadRun) recordCanvasAvailability(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	for _, kind := range []error{canvas.ErrUnauthorized, canvas.ErrUnreachable, canvas.ErrOutcomeUnknown, canvas.ErrThrottled} {
		if errors.Is(err, kind) {
			return r.Clients.RecordAvailability(ctx, r.target.AccountID, err)
		}
	}
	if _, answered := errors.AsType[*canvas.Error](err); answered || r.settingsStored {
		return r.Clients.RecordAvailability(ctx, r.target.AccountID, nil)
	}
	return nil
}
