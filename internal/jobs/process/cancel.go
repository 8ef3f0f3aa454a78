package process

import (
	"context"
	"errors"

	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/engine"
)

// maxCancelled is how many abandoned engine jobs are cancelled before the next result.
const maxCancelled = 20

// cancelAbandoned cancels engine jobs of superseded runs. When the engine is not available,
// they wait until it is. Errors do not delay other results.
func (h *Handler) cancelAbandoned(ctx context.Context) {
	if !h.cancelling.TryLock() { // another worker does it
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
