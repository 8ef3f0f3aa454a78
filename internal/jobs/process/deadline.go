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

// processLimit is how long the engine may process a result.
const processLimit = time.Hour

// errTooLong says that the engine has processed a result for longer than it may.
var errTooLong = errors.New("the engine has taken too long")

func (p *Processor) limit() time.Duration { return cmp.Or(p.Limit, processLimit) }

// tooLong tells that the limit is over of a run that the engine processes. What the engine
// lets wait does not count, nor does the time before it was away.
func (p *Processor) tooLong(run *change.Run) bool {
	return run.StartedAt != nil && !p.Now().Before(run.StartedAt.Add(p.limit()))
}

// How long a go at a run takes at least, so that something is heard from the engine: it may
// have ended what took too long. And how long before the end of its context a go ends, at
// most, so that there is time to write that down.
const leastGo, asideTime = 5 * time.Minute, time.Minute

// patience is how long this go at a run may go on. Then it is set aside: the next one sees
// what the engine has made of it, and the engine has what waits for its turn for as long as
// that takes.
func (p *Processor) patience(ctx context.Context, run *change.Run) time.Duration {
	d := p.limit()
	if run.StartedAt != nil {
		if d = run.StartedAt.Add(d).Sub(p.Now()); d <= 0 {
			d = leastGo
		}
	}
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		d = min(d, left-min(left/4, asideTime))
	}
	return d
}

// queuePause is how long what waits for its turn at the engine is not looked at, and makes
// room for others.
const queuePause = time.Minute

// setAside ends a go at a run that goes on at the engine.
func (p *Processor) setAside(ctx context.Context, run *change.Run) error {
	if run.Progress.State == db.StateQueued {
		return p.wait(ctx, run, waitsForTurn, queuePause)
	}
	return jobs.Later{After: time.Second}
}
