package process

import (
	"context"
	"errors"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/jobs"
)

// progressInterval is the minimum time between two writes of progress. Each write costs a
// transaction that locks the sequence counter, and gives the result a new sequence id, so that
// clients read the result again.
const progressInterval = time.Second

// A progressWriter writes the progress of a run to the store.
type progressWriter struct {
	handler   *Handler
	run       *change.Run
	lastWrite time.Time
	// timer calls detach after the timeout of the attempt. Then the attempt stops waiting for the
	// engine's job, and the engine continues the job. attemptCtx is the context of the attempt.
	timer      *time.Timer
	detach     func()
	attemptCtx context.Context
}

// startTimer starts the timeout of the attempt, and replaces a timeout that was started before.
func (w *progressWriter) startTimer() {
	afterFunc := w.handler.AfterFunc
	if afterFunc == nil {
		afterFunc = time.AfterFunc
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	w.timer = afterFunc(w.handler.attemptTimeout(w.attemptCtx, w.run), w.detach)
}

// write writes progress if it changed. It writes the id of a new engine job even when the
// attempt is being cancelled, because no instance can resume or cancel the job without it.
// It fails with errSuperseded or errTimeLimit when the engine must stop.
func (w *progressWriter) write(ctx context.Context, p engine.Progress) error {
	next := change.RunProgress{State: db.StateQueued}
	if p.State == engine.Processing {
		next.State = db.StateProcessing
		if p.Total > 0 {
			next.Progress = min(1, float64(p.Done)/float64(p.Total))
		}
	}
	if p.State == engine.Processing && w.handler.exceedsTimeLimit(w.run) {
		return errTimeLimit
	}
	last := w.run.Progress
	newJob := p.JobID != w.run.EngineJob
	urgent := newJob || next.State != last.State || next.WaitReason != last.WaitReason
	if !urgent && (next == last || w.handler.Now().Sub(w.lastWrite) < progressInterval) {
		return nil
	}
	if newJob {
		writeCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobs.WriteTimeout)
		defer cancel()
		ctx = writeCtx
	}
	wasStarted := w.run.StartedAt != nil
	w.run.EngineJob, w.run.Progress, w.lastWrite = p.JobID, next, w.handler.Now()
	err := w.handler.changeRun(ctx, func(ctx context.Context, c *change.Tx) error { return c.SaveRun(ctx, w.run) })
	if errors.Is(err, errSuperseded) {
		return err
	}
	if !wasStarted && w.run.StartedAt != nil {
		w.startTimer()
	}
	return err
}
