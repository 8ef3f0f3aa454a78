package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/fault"
)

// noteEvery is how often progress is written at most: each time costs a transaction, and
// tells everybody who follows the changes.
const noteEvery = time.Second

// A noter writes how far a run has come.
type noter struct {
	p    *Processor
	run  *db.Run
	last time.Time
}

// note writes progress if it is news. It fails with errOver when the turn is over.
func (n *noter) note(ctx context.Context, now engine.Progress) error {
	next := db.RunNote{State: db.StateQueued}
	if now.State == engine.Processing {
		next.State = db.StateProcessing
		if now.Total > 0 {
			next.Progress = min(1, float64(now.Done)/float64(now.Total))
		}
	}
	before := n.run.Note
	turned := now.Job != n.run.EngineJob || next.State != before.State || next.Waits != before.Waits
	if next == before && !turned || !turned && n.p.Now().Sub(n.last) < noteEvery {
		return nil
	}
	n.run.EngineJob, n.run.Note, n.last = now.Job, next, n.p.Now()
	err := n.p.change(ctx, func(ctx context.Context, c *db.Changing) error { return c.NoteRun(ctx, n.run) })
	if errors.Is(err, fault.NotFound) {
		return errOver
	}
	return err
}
