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

// An Uploader does Upload: it sends scores to Canvas as grades, and writes down for each
// student what became of it. No comment is ever sent.
//
// What is sent is marked before, and Canvas' job is noted after it, so that whoever takes an
// upload over knows what may have arrived, and looks at what Canvas has before it sends
// anything. Several may be at it at once: one of them sends.
type Uploader struct {
	Store    *db.Store
	Canvases jobs.Canvases
	Now      func() time.Time
	// Wait waits, or fails with the context's error; nil takes the time that it takes.
	Wait func(context.Context, time.Duration) error
	Log  *slog.Logger
}

// Do implements Verb.
func (u *Uploader) Do(ctx context.Context, w jobs.Upload) error {
	x, err := u.begin(ctx, w)
	if later := (jobs.Later{}); errors.As(err, &later) {
		return later
	} else if errors.Is(err, errUploadOver) {
		return nil
	} else if err != nil {
		return err
	}
	target, err := u.Store.LoadUploadTarget(ctx, x.CourseID, x.MomotorID)
	if errors.Is(err, fault.NotFound) {
		return nil
	} else if err != nil {
		return err
	}
	client, err := u.Canvases.Client(ctx, target.AccountID)
	if err != nil {
		return jobs.CanvasError(err)
	}
	s := &sending{Uploader: u, work: w, client: client, target: target}
	err = s.run(ctx)
	return errors.Join(jobs.CanvasError(err), s.contacted(ctx, err))
}

// GiveUp implements Verb.
func (u *Uploader) GiveUp(ctx context.Context, w jobs.Upload, reason error) error {
	err := u.change(ctx, w, func(ctx context.Context, c *change.Tx) error {
		if _, err := c.BeginUpload(ctx, w.CourseID, w.UploadID); err != nil {
			return err
		}
		words := inWords(reason)
		why := "It is not known whether Canvas has this grade. " + words
		if err := c.RejectPendingScores(ctx, w.CourseID, w.UploadID, why); err != nil {
			return err
		}
		return c.FinishUpload(ctx, w.CourseID, w.UploadID, words)
	})
	if errors.Is(err, errUploadOver) {
		return nil
	}
	return err
}

// errUploadOver says that an upload has ended, or is gone.
var errUploadOver = errors.New("the upload is over")

// turnPause is how long an upload waits for those before it.
const turnPause = 3 * time.Second

// begin returns the upload as it is now. It fails with errUploadOver when it is over, and
// with a jobs.Later when it is not its turn yet.
func (u *Uploader) begin(ctx context.Context, w jobs.Upload) (x *db.ScoreUpload, err error) {
	err = u.change(ctx, w, func(ctx context.Context, c *change.Tx) error {
		if turn, err := c.IsNextUpload(ctx, w.CourseID, w.UploadID); err != nil {
			return err
		} else if !turn {
			return jobs.Later{After: turnPause}
		}
		x, err = c.BeginUpload(ctx, w.CourseID, w.UploadID)
		return err
	})
	return x, err
}

// change changes an upload that is not over: else it fails with errUploadOver.
func (u *Uploader) change(ctx context.Context, w jobs.Upload, f func(context.Context, *change.Tx) error) error {
	err := change.InTx(ctx, u.Store, u.Now(), f)
	switch {
	case errors.Is(err, fault.NotFound):
		return errUploadOver
	case err != nil:
		return fmt.Errorf("go on with the upload %d: %w", w.UploadID, err)
	}
	return nil
}

// wait is Wait.
func (u *Uploader) wait(ctx context.Context, d time.Duration) error {
	if u.Wait != nil {
		return u.Wait(ctx, d)
	}
	return clock.Sleep(ctx, d)
}

// jobOf reads the id of a job that was noted.
func jobOf(x *db.ScoreUpload) (canvas.ID, error) {
	id, err := canvas.ParseID(*x.CanvasProgress)
	if err != nil {
		return 0, fmt.Errorf("the job of the upload %d: %w", x.MomotorID, err)
	}
	return id, nil
}
