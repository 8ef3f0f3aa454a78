package process

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/jobs"
)

// How long an engine that is not available is left alone: at first, and at most.
const enginePause, longEnginePause = 10 * time.Second, 2 * time.Minute

// A rest is how an engine that is away is left alone: for longer each time. After that one
// result goes first and asks for the engine, while the others wait on.
type rest struct {
	mu    sync.Mutex
	pause time.Duration // the last one; 0 is that the engine is there
	until time.Time
	asked bool // since then it has answered
}

// left is how long to leave the engine alone yet; ask tells that the caller is to ask for it
// first, and to call back if it answers.
func (r *rest) left(now time.Time) (wait time.Duration, ask bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case now.Before(r.until):
		return r.until.Sub(now), false
	case r.pause > 0 && !r.asked:
		r.grow(now)
		return 0, true
	}
	return 0, false
}

// begin leaves the engine alone, unless it is already: many find it away at the same time.
func (r *rest) begin(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !now.Before(r.until) {
		r.grow(now)
	}
}

func (r *rest) grow(now time.Time) {
	r.pause = min(max(2*r.pause, enginePause), longEnginePause)
	r.until, r.asked = now.Add(r.pause), false
}

// back lets results go to an engine that answers; over is that it does its work, too.
func (r *rest) back() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.until, r.asked = time.Time{}, true
}

func (r *rest) over() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.until, r.asked, r.pause = time.Time{}, false, 0
}

// away is for how long there is no point in going to the engine.
func (p *Processor) away(ctx context.Context) time.Duration {
	wait, ask := p.rest.left(p.Now())
	if !ask {
		return wait
	}
	if _, err := p.Engine.Check(ctx); err != nil {
		wait, _ = p.rest.left(p.Now())
		p.Log.WarnContext(ctx, "results wait: the engine is still not available", "for", wait.Round(time.Second), "error", err)
		return max(wait, time.Second)
	}
	p.rest.back()
	p.Log.InfoContext(ctx, "the engine answers again")
	return 0
}

// longResultPause is how long a result waits at most that the engine does not do though it
// answers.
const longResultPause = time.Hour

// unavailable leaves an engine alone that has not done its work. When it has a job of the
// result it may be that job: then the others go on, if the engine answers at all, and the
// result waits for a quarter of the time that it has waited, so that it takes no place of
// theirs for long.
func (p *Processor) unavailable(ctx context.Context, run *change.Run, err error) error {
	if run.EngineJob != "" {
		if _, silent := p.Engine.Check(ctx); silent == nil {
			wait := min(max(enginePause, p.Now().Sub(time.UnixMicro(run.Generation))/4), longResultPause)
			p.Log.WarnContext(ctx, "a result waits: the engine answers, but not for it", "for", wait.Round(time.Second), "result", run.ResultID, "error", err)
			return p.wait(ctx, run, waitsForItself, wait)
		}
	}
	p.rest.begin(p.Now())
	wait, _ := p.rest.left(p.Now())
	p.Log.WarnContext(ctx, "results wait: the engine is not available", "for", wait.Round(time.Second), "result", run.ResultID, "error", err)
	return p.wait(ctx, run, waitsForEngine, wait)
}

// What people read of a result that waits.
const (
	waitsForEngine = "The engine is not available at the moment: it is tried again."
	waitsForTurn   = "It waits for its turn at the engine."
	waitsForItself = "The engine answers, but could not go on with this result: it is tried again."
)

// wait leaves a result queued for a while, and says why. Not all come back at once.
func (p *Processor) wait(ctx context.Context, run *change.Run, why string, d time.Duration) error {
	note := change.RunProgress{State: db.StateQueued, WaitReason: why}
	if run.Progress != note {
		run.Progress = note
		err := p.change(ctx, func(ctx context.Context, c *change.Tx) error { return c.SaveRun(ctx, run) })
		if err != nil {
			return unlessOver(err)
		}
	}
	return jobs.Later{After: d + rand.N(d/4+time.Second)}
}
