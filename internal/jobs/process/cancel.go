package process

import (
	"context"
	"errors"

	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/engine"
)

// endAtOnce is how many jobs the engine is told to end before the next work.
const endAtOnce = 20

// endAbandoned has the engine end jobs that nobody goes on with. Some wait until it is back;
// none holds other work up.
func (p *Processor) endAbandoned(ctx context.Context) {
	if !p.ending.TryLock() { // somebody is at it
		return
	}
	defer p.ending.Unlock()
	jobs, err := change.ListJobsToCancel(ctx, p.Store, endAtOnce)
	for _, job := range jobs {
		failed := p.Engine.EndJob(ctx, job)
		if ctx.Err() != nil || errors.Is(failed, engine.ErrUnavailable) {
			return
		}
		if err = errors.Join(failed, change.RecordCancellation(ctx, p.Store, job, failed == nil, p.Now())); err != nil {
			break
		}
	}
	if err != nil {
		p.Log.WarnContext(ctx, "jobs are left at the engine", "error", err)
	}
}
