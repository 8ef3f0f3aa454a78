// Package upload handles jobs that send scores to Canvas as grades.
package upload

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/clock"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/jobs"
)

// A Handler handles jobs.UploadScores: it sends scores to Canvas as grades, and records the
// outcome for each student. It never sends comments.
//
// It marks scores as pending before it sends them, and records the id of Canvas' job
// afterwards. So an instance that resumes an upload knows which grades may have arrived, and
// reads them from Canvas before it sends any. Several instances may run one upload at once:
// only one of them sends.
type Handler struct {
	Store   *db.Store
	Clients jobs.CanvasClients
	Now     func() time.Time
	// Sleep waits, or returns the error of the context; nil is clock.Sleep.
	Sleep func(context.Context, time.Duration) error
	Log   *slog.Logger
}

// Do implements jobs.Handler.
func (h *Handler) Do(ctx context.Context, args jobs.UploadScores) error {
	upload, err := h.begin(ctx, args)
	if later := (jobs.RetryLater{}); errors.As(err, &later) {
		return later
	} else if errors.Is(err, errUploadEnded) {
		return nil
	} else if err != nil {
		return err
	}
	target, err := h.Store.LoadUploadTarget(ctx, upload.CourseID, upload.MomotorID)
	if errors.Is(err, fault.NotFound) {
		return nil
	} else if err != nil {
		return err
	}
	client, err := h.Clients.Client(ctx, target.AccountID)
	if err != nil {
		return jobs.ClassifyCanvasError(err)
	}
	r := &uploadRun{Handler: h, args: args, client: client, target: target}
	err = r.run(ctx)
	return errors.Join(jobs.ClassifyCanvasError(err), r.recordCanvasAvailability(ctx, err))
}

// GiveUp implements jobs.Handler.
func (h *Handler) GiveUp(ctx context.Context, args jobs.UploadScores, reason error) error {
	err := h.change(ctx, args, func(ctx context.Context, c *change.Tx) error {
		// BeginUpload fails if the upload has ended, and locks an upload that has not.
		if _, err := c.BeginUpload(ctx, args.CourseID, args.UploadID); err != nil {
			return err
		}
		message := failureMessage(reason)
		if err := c.RefusePendingScores(ctx, args.CourseID, args.UploadID, "It is unknown whether Canvas has this grade. "+message); err != nil {
			return err
		}
		return c.FinishUpload(ctx, args.CourseID, args.UploadID, message)
	})
	if errors.Is(err, errUploadEnded) {
		return nil
	}
	return err
}

// errUploadEnded is the error of an upload that has ended or does not exist.
var errUploadEnded = errors.New("the upload has ended")

// queuePause is how long an upload waits for earlier uploads of its assignment.
const queuePause = 3 * time.Second

// begin returns the current state of the upload. The error is errUploadEnded, or a
// jobs.RetryLater while an earlier upload is unfinished.
func (h *Handler) begin(ctx context.Context, args jobs.UploadScores) (upload *db.ScoreUpload, err error) {
	err = h.change(ctx, args, func(ctx context.Context, c *change.Tx) error {
		if isNext, err := c.IsNextUpload(ctx, args.CourseID, args.UploadID); err != nil {
			return err
		} else if !isNext {
			return jobs.RetryLater{After: queuePause}
		}
		upload, err = c.BeginUpload(ctx, args.CourseID, args.UploadID)
		return err
	})
	return upload, err
}

// change changes an upload. The error is errUploadEnded if the upload has ended.
func (h *Handler) change(ctx context.Context, args jobs.UploadScores, f func(context.Context, *change.Tx) error) error {
	err := change.InTx(ctx, h.Store, h.Now(), f)
	switch {
	case errors.Is(err, fault.NotFound):
		return errUploadEnded
	case err != nil:
		return fmt.Errorf("change upload %d: %w", args.UploadID, err)
	}
	return nil
}

func (h *Handler) sleep(ctx context.Context, d time.Duration) error {
	if h.Sleep != nil {
		return h.Sleep(ctx, d)
	}
	return clock.Sleep(ctx, d)
}

// canvasJobID returns the id of the recorded Canvas job of an upload.
func canvasJobID(upload *db.ScoreUpload) (canvas.ID, error) {
	id, err := canvas.ParseID(*upload.CanvasJobID)
	if err != nil {
		return 0, fmt.Errorf("read the Canvas job of upload %d: %w", upload.MomotorID, err)
	}
	return id, nil
}
