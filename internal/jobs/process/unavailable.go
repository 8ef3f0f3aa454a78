package process

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/jobs"
)

// engineDowntime returns how long the engine must get no requests; 0 if it is available.
func (h *Handler) engineDowntime(ctx context.Context) time.Duration {
	d, probe := h.breaker.wait(h.Now())
	if !probe {
		return d
	}
	if _, err := h.Engine.Check(ctx); err != nil {
		d, _ = h.breaker.wait(h.Now())
		h.Log.WarnContext(ctx, "engine still unavailable: results wait", "for", d.Round(time.Second), "error", err)
		return max(d, time.Second)
	}
	h.breaker.probeSucceeded()
	h.Log.InfoContext(ctx, "engine available again")
	return 0
}

// maxResultPause is the maximum pause for a single result, when the engine answers but does
// not process that result.
const maxResultPause = time.Hour

// handleUnavailable postpones a run that the engine did not complete. If the engine has a job
// of the run and still answers, that job may be the cause. Then only this result waits, for a
// quarter of the time since it was queued, so that it delays other results little. Otherwise
// the circuit breaker opens for all results.
func (h *Handler) handleUnavailable(ctx context.Context, run *change.Run, err error) error {
	if run.EngineJob != "" {
		if _, checkErr := h.Engine.Check(ctx); checkErr == nil {
			d := min(max(minEnginePause, h.Now().Sub(time.UnixMicro(run.Generation))/4), maxResultPause)
			h.Log.WarnContext(ctx, "engine does not process a result: it waits", "for", d.Round(time.Second), "result", run.ResultID, "error", err)
			return h.postpone(ctx, run, waitsForRetry, d)
		}
	}
	h.breaker.open(h.Now())
	d, _ := h.breaker.wait(h.Now())
	h.Log.WarnContext(ctx, "engine unavailable: results wait", "for", d.Round(time.Second), "result", run.ResultID, "error", err)
	return h.postpone(ctx, run, waitsForEngine, d)
}

// Why a result waits, for people.
const (
	waitsForEngine = "The engine is not available at the moment. The result will be retried."
	waitsInQueue   = "The result is in the engine's queue."
	waitsForRetry  = "The engine could not process this result. It will be retried."
)

// postpone leaves a run queued for at least d and records why. A random delay spreads the
// retries.
func (h *Handler) postpone(ctx context.Context, run *change.Run, reason string, d time.Duration) error {
	waiting := change.RunProgress{State: db.StateQueued, WaitReason: reason}
	if run.Progress != waiting {
		run.Progress = waiting
		err := h.change(ctx, func(ctx context.Context, c *change.Tx) error { return c.SaveRun(ctx, run) })
		if err != nil {
			return ignoreSuperseded(err)
		}
	}
	return jobs.RetryLater{After: d + rand.N(d/4+time.Second)}
}
