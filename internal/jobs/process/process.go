package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/assess"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/jobs"
)

// A Processor does Process. Of the engine's results it keeps the full bundle and a basic
// one, without large attachments.
type Processor struct {
	Store  *db.Store
	Blobs  blob.Store
	Engine engine.Engine
	Now    func() time.Time
	Log    *slog.Logger
	// Bundles bounds what reading a bundle may cost.
	Bundles bundle.Limits
	// Limit is how long the engine may process a result; 0 is an hour.
	Limit time.Duration
	// AfterFunc is time's; nil is the real one.
	AfterFunc func(time.Duration, func()) *time.Timer

	rest   rest
	ending sync.Mutex // held by who has the engine end jobs
}

// errOver says that the result was queued once more, or is not to be processed any more.
var errOver = errors.New("the turn is over")

// Do implements Verb.
func (p *Processor) Do(ctx context.Context, w jobs.Process) error {
	run, err := change.LoadRun(ctx, p.Store, w.CourseID, w.ResultID, w.Turn)
	if errors.Is(err, fault.NotFound) {
		return nil
	} else if err != nil {
		return err
	}
	if d := p.away(ctx); d > 0 {
		return p.wait(ctx, run, waitsForEngine, d)
	}
	p.endAbandoned(ctx)
	if why := missing(run); why != "" {
		return p.abandon(ctx, run, why)
	}
	results, err := p.evaluate(ctx, run)
	if !errors.Is(err, engine.ErrUnavailable) {
		p.rest.over()
	}
	if err != nil {
		return p.failed(ctx, run, err)
	}
	defer results.Close()
	item, err := p.takeIn(ctx, run, results)
	if err != nil {
		return err
	}
	return p.end(ctx, run, item)
}

// GiveUp implements Verb. What the engine has against the work is for people who know the
// recipe.
func (p *Processor) GiveUp(ctx context.Context, w jobs.Process, reason error) error {
	run, err := change.LoadRun(ctx, p.Store, w.CourseID, w.ResultID, w.Turn)
	if errors.Is(err, fault.NotFound) {
		return nil
	} else if err != nil {
		return err
	}
	why := "It could not be processed; the log of the server says why."
	var said *engine.Exception
	if errors.As(reason, &said) {
		why = fmt.Sprintf("It could not be processed: %s", said)
	}
	return p.abandon(ctx, run, why)
}

// abandon ends a run that failed, also at the engine if that has it yet.
func (p *Processor) abandon(ctx context.Context, run *change.Run, why string) error {
	run.EngineJob = ""
	return unlessOver(p.change(ctx, func(ctx context.Context, c *change.Tx) error {
		if err := c.SaveRun(ctx, run); err != nil {
			return err
		}
		return c.FinishRun(ctx, run, assess.Failed(why))
	}))
}

// missing says what there is not to process.
func missing(run *change.Run) string {
	switch {
	case run.Recipe == nil || run.Recipe.Purged():
		return "There is no recipe."
	case run.Product == nil:
		return "There is nothing that was handed in."
	case run.Product.Purged():
		return "What was handed in is kept no longer."
	}
	return ""
}

// evaluate has the engine check what was handed in, and notes how far it is. When the turn
// ends meanwhile the engine is told to stop; when this program does, it goes on with the
// work for the next one.
func (p *Processor) evaluate(ctx context.Context, run *change.Run) (*engine.Results, error) {
	whole := ctx
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(whole))
	defer cancel(nil)
	defer context.AfterFunc(whole, func() { cancel(engine.ErrDetached) })()
	work := engine.Submission{
		Recipe: p.asset(run.Recipe), Config: p.asset(run.Config), Product: p.asset(run.Product),
		MaxResultSize: cmp.Or(p.Bundles.Bytes, bundle.DefaultLimits().Bytes), JobID: run.EngineJob,
	}
	n := &noter{p: p, run: run, whole: whole, setAside: func() { cancel(engine.ErrDetached) }}
	n.wait()
	defer func() { n.aside.Stop() }()
	results, err := p.Engine.Evaluate(ctx, work, func(now engine.Progress) {
		if err := n.note(ctx, now); err != nil {
			cancel(err)
		}
	})
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	return results, err
}

// failed decides what becomes of a result that the engine gave nothing for.
func (p *Processor) failed(ctx context.Context, run *change.Run, err error) error {
	var job *engine.JobFailed
	switch {
	case errors.Is(err, errOver):
		return nil
	case errors.Is(err, errTooLong):
		return p.end(ctx, run, assess.Failed(fmt.Sprintf("The engine took longer than %s.", p.limit())))
	case ctx.Err() != nil: // the program stops
		return ctx.Err()
	case errors.Is(err, engine.ErrDetached):
		return p.setAside(ctx, run)
	case errors.Is(err, engine.ErrUnavailable):
		return p.unavailable(ctx, run, err)
	case errors.As(err, &job):
		return p.end(ctx, run, assess.Failed(job.Failure))
	case errors.Is(err, engine.ErrTooLarge):
		return p.end(ctx, run, assess.Failed("The engine's results are larger than this server takes."))
	}
	return err
}

// end writes what came out, unless the turn is over.
func (p *Processor) end(ctx context.Context, run *change.Run, item *ingest.ResultItem) error {
	return unlessOver(p.change(ctx, func(ctx context.Context, c *change.Tx) error { return c.FinishRun(ctx, run, item) }))
}

// unlessOver is an error, unless it is that the turn is over.
func unlessOver(err error) error {
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

func (p *Processor) change(ctx context.Context, f func(context.Context, *change.Tx) error) error {
	return change.InTx(ctx, p.Store, p.Now(), f)
}
