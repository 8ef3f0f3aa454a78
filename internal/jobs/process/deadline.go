package process

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/jobs"
)

// defaultTimeLimit is how long the engine may process a result.
const defaultTimeLimit = time.Hour

// errTimeLimit is the error of a run that exceeded the time limit at the engine.
var errTimeLimit = errors.New("the engine exceeded the time limit")

func (h *Handler) timeLimit() time.Duration { return cmp.Or(h.TimeLimit, defaultTimeLimit) }

// exceedsTimeLimit reports whether the engine processed a run for longer than the time limit.
// Time in the engine's queue and time before an outage of the engine do not count.
func (h *Handler) exceedsTimeLimit(run *change.Run) bool {
	return run.StartedAt != nil && !h.Now().Before(run.StartedAt.Add(h.timeLimit()))
}

const (
	// overdueAttempt is how long an attempt at a run past its time limit waits for the engine to
	// report the end of the run.
	overdueAttempt = 5 * time.Minute
	// maxReserve is the maximum time that an attempt leaves before the deadline of its
	// context, to record its outcome.
	maxReserve = time.Minute
)

// attemptTimeout returns how long this attempt may wait for the engine. After that time the
// attempt detaches from the engine's job. The engine continues the job, and the next attempt
// resumes it.
func (h *Handler) attemptTimeout(ctx context.Context, run *change.Run) time.Duration {
	d := h.timeLimit()
	if run.StartedAt != nil {
		if d = run.StartedAt.Add(d).Sub(h.Now()); d <= 0 {
			d = overdueAttempt
		}
	}
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		d = min(d, left-min(left/4, maxReserve))
	}
	return d
}

// queuePause is the pause before the next attempt at a run that waits in the engine's queue. It
// frees the worker for other results.
const queuePause = time.Minute

// detach ends an attempt at a run that the engine continues.
func (h *Handler) detach(ctx context.Context, run *change.Run) error {
	if run.Progress.State == db.StateQueued {
		return h.postpone(ctx, run, reasonInQueue, queuePause)
	}
	return jobs.RetryLater{After: time.Second}
}
