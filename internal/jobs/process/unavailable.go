package process

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/jobs"
)

// engineDowntime returns how long to send no requests to the engine; 0 if it is available. It
// probes the engine if the circuit breaker demands it.
func (h *Handler) engineDowntime(ctx context.Context) time.Duration {
	d, probe := h.breaker.remainingPause(h.Now())
	if !probe {
		return d
	}
	if _, err := h.Engine.Check(ctx); err != nil {
		d, _ = h.breaker.remainingPause(h.Now())
		h.Log.WarnContext(ctx, "engine still unavailable: results wait", "pause", d.Round(time.Second), "error", err)
		return max(d, time.Second)
	}
	h.breaker.probeSucceeded()
	h.Log.InfoContext(ctx, "engine available again")
	return 0
}

// maxResultPause is the maximum pause of a single result that the engine does not process
// although it answers.
const maxResultPause = time.Hour

// handleUnavailable postpones a run that the engine did not complete. If the engine has a job
// of the run and answers a check, the run itself may be the cause. Then only this result
// waits, for a quarter of the time since it was queued. Otherwise the circuit breaker opens,
// and all results wait.
func (h *Handler) handleUnavailable(ctx context.Context, run *change.Run, err error) error {
	if run.EngineJob != "" {
		if _, checkErr := h.Engine.Check(ctx); checkErr == nil {
			d := min(max(minEnginePause, h.Now().Sub(time.UnixMicro(run.Generation))/4), maxResultPause)
			h.Log.WarnContext(ctx, "engine does not process a result: the result waits", "pause", d.Round(time.Second), "result", run.ResultID, "error", err)
			return h.postpone(ctx, run, reasonRetry, d)
		}
	}
	h.breaker.open(h.Now())
	d, _ := h.breaker.remainingPause(h.Now())
	h.Log.WarnContext(ctx, "engine unavailable: results wait", "pause", d.Round(time.Second), "result", run.ResultID, "error", err)
	return h.postpone(ctx, run, reasonEngineUnavailable, d)
}

// The reasons why a result waits, for users.
const (
	reasonEngineUnavailable = "The engine is not available at the moment. The result will be retried."
	reasonInQueue           = "The result is in the engine's queue."
	reasonRetry             = "The engine could not process this result. It will be retried."
)

// postpone leaves a run queued for at least d and records the reason. A random delay spreads the
// retries.
func (h *Handler) postpone(ctx context.Context, run *change.Run, reason string, d time.Duration) error {
	waiting := change.RunProgress{State: db.StateQueued, WaitReason: reason}
	if run.Progress != waiting {
		run.Progress = waiting
		err := h.changeRun(ctx, func(ctx context.Context, c *change.Tx) error { return c.SaveRun(ctx, run) })
		if err != nil {
			return ignoreSuperseded(err)
		}
	}
	return jobs.RetryLater{After: d + rand.N(d/4+time.Second)}
}
