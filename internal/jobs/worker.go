package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/panics"
)

// errKilled is the error of a job that may be the reason why instances are killed.
var errKilled = Permanent(errors.New("the instance was killed repeatedly while it ran the job"))

// errStuck is the error of a job that does not stop at its timeout.
var errStuck = Permanent(errors.New("the job was stuck repeatedly"))

// maxKills is how often an instance may be killed while it runs the same job.
const maxKills = 100

// killCount returns how often an instance was killed while it ran a job. db.Store.Heartbeat
// writes this number into the metadata of the job.
func killCount(metadata []byte) int {
	var m struct{ Killed int }
	_ = json.Unmarshal(metadata, &m) // metadata that is not JSON has no number
	return m.Killed
}

const (
	// giveUpTimeout is how long GiveUp may take, and giveUpPause is the pause before GiveUp
	// is called again after an error.
	giveUpTimeout, giveUpPause = 30 * time.Second, time.Minute
	// cleanupTime is how long a job may take after its timeout to stop and to record its
	// outcome, before another instance considers it stuck.
	cleanupTime = 2 * time.Minute
)

// A worker adapts a Handler to River.
type worker[T Args] struct {
	river.WorkerDefaults[T]
	handler Handler[T]
	store   *db.Store
	clock   *databaseClock
	log     *slog.Logger
}

// Timeout implements river.Worker. River's timeout is only a fallback, because
// callHandler cancels the job earlier.
func (w *worker[T]) Timeout(job *river.Job[T]) time.Duration { return job.Args.Timeout() + cleanupTime }

// NextRetry implements river.Worker: the pause doubles with each failure.
func (w *worker[T]) NextRetry(job *river.Job[T]) time.Time {
	const initial, maxPause = 5 * time.Second, 5 * time.Minute
	return w.clock.Now().Add(min(maxPause, initial<<min(len(job.Errors), 10)))
}

// Work implements river.Worker: it runs one attempt of a job.
func (w *worker[T]) Work(ctx context.Context, job *river.Job[T]) error {
	if w.handler == nil { // River fetches all jobs of a queue, also of kinds without a handler here
		return river.JobSnooze(time.Minute)
	}
	start := time.Now()
	maxAttempts := job.MaxAttempts - db.ExtraAttempts
	var err error
	switch {
	case killCount(job.Metadata) >= maxKills:
		err = errKilled
	case job.Attempt > maxAttempts: // the last attempt did not return
		err = errStuck
	default:
		err = w.callHandler(withProgress(ctx, &progressWriter{store: w.store, log: w.log, jobID: job.ID}), job.Args)
	}
	log := w.log.With("kind", job.Kind, "args", job.Args, "attempt", job.Attempt, "ms", time.Since(start).Milliseconds())
	var later RetryLater
	switch {
	case err == nil:
		log.InfoContext(ctx, "job completed")
		return nil
	case errors.As(err, &later):
		log.DebugContext(ctx, "job postponed", "pause", later.After)
		return river.JobSnooze(later.After)
	case errors.Is(ctx.Err(), context.Canceled): // the instance stops
		log.InfoContext(ctx, "job returned to the queue")
		return river.JobSnooze(0)
	case errors.Is(err, ErrPermanent), job.Attempt >= maxAttempts:
		return w.giveUp(ctx, log, job.Args, err)
	}
	log.WarnContext(ctx, "job failed and will be retried", "error", err)
	return publicError(err)
}

// callHandler calls the handler with the timeout of the kind. It returns a panic as an error,
// because after a panic River could fail the job without a call of GiveUp.
func (w *worker[T]) callHandler(ctx context.Context, args T) error {
	ctx, cancel := context.WithTimeout(ctx, args.Timeout())
	defer cancel()
	err := panics.Recover(func() error { return w.handler.Do(ctx, args) })
	if errors.Is(err, panics.ErrPanic) {
		w.log.ErrorContext(ctx, "job panicked", "kind", args.Kind(), "error", err)
	}
	return err
}

// giveUp fails a job permanently. If GiveUp returns an error, the job is postponed by giveUpPause,
// and the attempt does not count. The next attempt, which has the same number, calls GiveUp again if
// it fails for the same reason.
func (w *worker[T]) giveUp(ctx context.Context, log *slog.Logger, args T, reason error) error {
	log.ErrorContext(ctx, "job failed", "error", reason)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveUpTimeout)
	defer cancel()
	if err := w.handler.GiveUp(ctx, args, reason); err != nil {
		log.ErrorContext(ctx, "cannot record that the job failed", "error", err)
		return river.JobSnooze(giveUpPause)
	}
	return river.JobCancel(publicError(reason))
}

// publicError returns the part of an error that reviewers may read in the list of jobs. The
// log has the rest.
func publicError(err error) error {
	var canvasErr *canvas.Error
	var exception *engine.Exception
	var faultErr *fault.Error
	switch {
	case errors.As(err, &canvasErr):
		return canvasErr
	case errors.As(err, &exception):
		return exception
	case errors.As(err, &faultErr):
		return faultErr
	case errors.Is(err, context.DeadlineExceeded):
		return errors.New("the job exceeded its time limit")
	case errors.Is(err, ErrPermanent):
		return err
	}
	return errors.New("internal error: see the log of the server")
}
