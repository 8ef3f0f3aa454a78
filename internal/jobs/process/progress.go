package process

import (
	"context"
	"errors"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/jobs"
)

// noteEvery is how often progress is written at most: each time costs a transaction, and
// tells everybody who follows the changes.
const noteEvery = time.Second

// A noter writes how far a run has come.
type noter struct {
	p    *Processor
	run  *change.Run
	last time.Time
	// aside calls setAside when this go at the run, whose context is whole, has been long
	// enough.
	aside    *time.Timer
	setAside func()
	whole    context.Context
}

// wait lets the go at the run be as long as it may, counted from now.
func (n *noter) wait() {
	after := n.p.AfterFunc
	if after == nil {
		after = time.AfterFunc
	}
	if n.aside != nil {
		n.aside.Stop()
	}
	n.aside = after(n.p.patience(n.whole, n.run), n.setAside)
}

// note writes progress if it is news; the name of a job also when the work is cut off just
// then. It fails with errOver when the turn is over, and with
// errTooLong when the engine is at it for too long.
func (n *noter) note(ctx context.Context, now engine.Progress) error {
	next := change.RunProgress{State: db.StateQueued}
	if now.State == engine.Processing {
		next.State = db.StateProcessing
		if now.Total > 0 {
			next.Progress = min(1, float64(now.Done)/float64(now.Total))
		}
	}
	if now.State == engine.Processing && n.p.tooLong(n.run) {
		return errTooLong
	}
	before := n.run.Progress
	turned := now.JobID != n.run.EngineJob || next.State != before.State || next.WaitReason != before.WaitReason
	if next == before && !turned || !turned && n.p.Now().Sub(n.last) < noteEvery {
		return nil
	}
	if now.JobID != n.run.EngineJob { // else nobody could go on with it, or end it
		kept, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobs.NoteTime)
		defer cancel()
		ctx = kept
	}
	started := n.run.StartedAt
	n.run.EngineJob, n.run.Progress, n.last = now.JobID, next, n.p.Now()
	err := n.p.change(ctx, func(ctx context.Context, c *change.Tx) error { return c.SaveRun(ctx, n.run) })
	if errors.Is(err, fault.NotFound) {
		return errOver
	}
	if started == nil && n.run.StartedAt != nil {
		n.wait()
	}
	return err
}
