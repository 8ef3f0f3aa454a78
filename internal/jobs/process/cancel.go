package process

import (
	"context"
	"errors"

	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/engine"
)

// maxCancelled is how many engine jobs one call of cancelAbandoned cancels.
const maxCancelled = 20

// cancelAbandoned cancels engine jobs of superseded runs. If the engine is not available, a
// later call cancels them. Errors are only logged, so that they do not delay other results.
func (h *Handler) cancelAbandoned(ctx context.Context) {
	if !h.cancelling.TryLock() { // another worker is cancelling them
		return
	}
	defer h.cancelling.Unlock()
	engineJobs, err := change.ListJobsToCancel(ctx, h.Store, maxCancelled)
	for _, job := range engineJobs {
		cancelErr := h.Engine.EndJob(ctx, job)
		if ctx.Err() != nil || errors.Is(cancelErr, engine.ErrUnavailable) {
			return
		}
		if err = errors.Join(cancelErr, change.RecordCancellation(ctx, h.Store, job, cancelErr == nil, h.Now())); err != nil {
			break
		}
	}
	if err != nil {
		h.Log.WarnContext(ctx, "cannot cancel abandoned engine jobs", "error", err)
	}
}
