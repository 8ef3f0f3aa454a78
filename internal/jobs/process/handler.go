// Package process handles jobs that let the engine assess submissions, and stores the results
// bundles of the engine.
package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/assess"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/jobs"
)

// A Handler handles jobs.ProcessResult. It stores the results bundle of the engine twice: the
// full bundle, and a basic one without large attachments.
type Handler struct {
	Store  *db.Store
	Blobs  blob.Store
	Engine engine.Engine
	Now    func() time.Time
	Log    *slog.Logger
	// BundleLimits bounds the cost of reading a bundle.
	BundleLimits bundle.Limits
	// TimeLimit is how long the engine may process a result; 0 is an hour.
	TimeLimit time.Duration
	// AfterFunc replaces time.AfterFunc in tests; nil is time.AfterFunc.
	AfterFunc func(time.Duration, func()) *time.Timer

	breaker    circuitBreaker
	cancelling sync.Mutex // held while abandoned engine jobs are cancelled
	readsOnce  sync.Once
	readSlots  *semaphore.Weighted // for readResults
}

// errSuperseded is the error of a run whose result was queued again, or must not be processed
// any more.
var errSuperseded = errors.New("the run was superseded")

// Do implements jobs.Handler.
func (h *Handler) Do(ctx context.Context, args jobs.ProcessResult) error {
	run, err := change.LoadRun(ctx, h.Store, args.CourseID, args.ResultID, args.Generation)
	if errors.Is(err, fault.NotFound) { // the run was superseded
		return nil
	} else if err != nil {
		return err
	}
	if d := h.engineDowntime(ctx); d > 0 {
		return h.postpone(ctx, run, reasonEngineUnavailable, d)
	}
	h.cancelAbandoned(ctx)
	if reason := unprocessableReason(run); reason != "" {
		return h.fail(ctx, run, reason)
	}
	results, err := h.evaluate(ctx, run)
	if !errors.Is(err, engine.ErrUnavailable) {
		h.breaker.close()
	}
	if err != nil {
		return h.handleError(ctx, run, err)
	}
	defer results.Close()
	item, err := h.readResults(ctx, run, results)
	if err != nil {
		return err
	}
	return h.finish(ctx, run, item)
}

// GiveUp implements jobs.Handler. The summary of the result includes an exception of the
// engine, which may help the authors of the recipe.
func (h *Handler) GiveUp(ctx context.Context, args jobs.ProcessResult, reason error) error {
	run, err := change.LoadRun(ctx, h.Store, args.CourseID, args.ResultID, args.Generation)
	if errors.Is(err, fault.NotFound) { // the run was superseded
		return nil
	} else if err != nil {
		return err
	}
	summary := "The result could not be processed. See the log of the server."
	var exception *engine.Exception
	if errors.As(reason, &exception) {
		summary = fmt.Sprintf("The result could not be processed: %s", exception)
	}
	return h.fail(ctx, run, summary)
}

// fail finishes a run without results. It leaves the engine's job of the run to cancelAbandoned.
func (h *Handler) fail(ctx context.Context, run *change.Run, summary string) error {
	run.EngineJob = ""
	return ignoreSuperseded(h.changeRun(ctx, func(ctx context.Context, c *change.Tx) error {
		if err := c.SaveRun(ctx, run); err != nil {
			return err
		}
		return c.FinishRun(ctx, run, assess.Failed(summary))
	}))
}

// unprocessableReason returns why the engine cannot process a run; "" if it can.
func unprocessableReason(run *change.Run) string {
	switch {
	case run.Recipe == nil || run.Recipe.Purged():
		return "The assignment has no recipe."
	case run.Product == nil:
		return "The result has no product."
	case run.Product.Purged():
		return "The product was purged."
	}
	return ""
}

// evaluate sends a run to the engine and records its progress. It stops the engine when the
// run is superseded. When this instance stops, the engine continues, and the next attempt
// resumes the engine's job.
func (h *Handler) evaluate(ctx context.Context, run *change.Run) (*engine.Results, error) {
	attemptCtx := ctx
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(attemptCtx))
	defer cancel(nil)
	detach := func() { cancel(engine.ErrDetached) }
	defer context.AfterFunc(attemptCtx, detach)()
	submission := engine.Submission{
		Recipe: h.asset(run.Recipe), Config: h.asset(run.Config), Product: h.asset(run.Product),
		MaxResultSize: cmp.Or(h.BundleLimits.Bytes, bundle.DefaultLimits().Bytes), JobID: run.EngineJob,
	}
	w := &progressWriter{handler: h, run: run, attemptCtx: attemptCtx, detach: detach}
	w.startTimer()
	defer func() { w.timer.Stop() }()
	results, err := h.Engine.Evaluate(ctx, submission, func(p engine.Progress) {
		if err := w.write(ctx, p); err != nil {
			cancel(err)
		}
	})
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	return results, err
}

// handleError finishes, postpones or retries a run for which the engine returned no results.
func (h *Handler) handleError(ctx context.Context, run *change.Run, err error) error {
	var jobFailed *engine.JobFailed
	switch {
	case errors.Is(err, errSuperseded):
		return nil
	case errors.Is(err, errTimeLimit):
		return h.finish(ctx, run, assess.Failed(fmt.Sprintf("The engine exceeded the time limit of %s.", h.timeLimit())))
	case ctx.Err() != nil: // the instance stops
		return ctx.Err()
	case errors.Is(err, engine.ErrDetached):
		return h.detach(ctx, run)
	case errors.Is(err, engine.ErrUnavailable):
		return h.handleUnavailable(ctx, run, err)
	case errors.As(err, &jobFailed):
		return h.finish(ctx, run, assess.Failed(jobFailed.Failure))
	case errors.Is(err, engine.ErrTooLarge):
		return h.finish(ctx, run, assess.Failed("The engine's results exceed the size limit of this server."))
	}
	return err
}

// finish stores the outcome of a run, unless the run was superseded.
func (h *Handler) finish(ctx context.Context, run *change.Run, item *ingest.ResultItem) error {
	return ignoreSuperseded(h.changeRun(ctx, func(ctx context.Context, c *change.Tx) error { return c.FinishRun(ctx, run, item) }))
}

// ignoreSuperseded returns err, or nil if err is errSuperseded.
func ignoreSuperseded(err error) error {
	if errors.Is(err, errSuperseded) {
		return nil
	}
	return err
}

// changeRun changes a run. The error is errSuperseded if the run was superseded.
func (h *Handler) changeRun(ctx context.Context, f func(context.Context, *change.Tx) error) error {
	err := change.InTx(ctx, h.Store, h.Now(), f)
	if errors.Is(err, fault.NotFound) {
		return errSuperseded
	}
	return err
}
