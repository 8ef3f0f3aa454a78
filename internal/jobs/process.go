package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/importer"
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

	rest atomic.Int64 // until when the engine is left alone, in Unix nanoseconds
}

// enginePause is how long results wait for an engine that is not available.
const enginePause = 10 * time.Second

// errOver says that the result was queued once more, or is not to be processed any more.
var errOver = errors.New("the turn is over")

// Do implements Verb.
func (p *Processor) Do(ctx context.Context, w Process) error {
	run, err := p.Store.Run(ctx, w.CourseID, w.ResultID, w.Turn)
	if errors.Is(err, fault.NotFound) {
		return nil
	} else if err != nil {
		return err
	}
	if p.Now().UnixNano() < p.rest.Load() {
		return p.wait(ctx, run)
	}
	if why := missing(run); why != "" {
		return p.end(ctx, run, importer.Failed(why))
	}
	results, err := p.evaluate(ctx, run)
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

// GiveUp implements Verb.
func (p *Processor) GiveUp(ctx context.Context, w Process, reason error) error {
	run, err := p.Store.Run(ctx, w.CourseID, w.ResultID, w.Turn)
	if errors.Is(err, fault.NotFound) {
		return nil
	} else if err != nil {
		return err
	}
	why := "It could not be processed; the log of the server says why."
	if errors.Is(reason, context.DeadlineExceeded) {
		why = fmt.Sprintf("The engine took longer than %s.", limits[w.Kind()])
	}
	return p.end(ctx, run, importer.Failed(why))
}

// missing says what there is not to process.
func missing(run *db.Run) string {
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
// ends meanwhile the engine is told to stop.
func (p *Processor) evaluate(ctx context.Context, run *db.Run) (*engine.Results, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := engine.Work{
		Recipe: p.asset(run.Recipe), Config: p.asset(run.Config), Product: p.asset(run.Product),
		Limit: cmp.Or(p.Bundles.Bytes, bundle.DefaultLimits().Bytes), Job: run.EngineJob,
	}
	n := &noter{p: p, run: run}
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
func (p *Processor) failed(ctx context.Context, run *db.Run, err error) error {
	var job *engine.JobFailed
	switch {
	case errors.Is(err, errOver):
		return nil
	case errors.Is(err, engine.ErrUnavailable):
		p.rest.Store(p.Now().Add(enginePause).UnixNano())
		p.Log.WarnContext(ctx, "results wait: the engine is not available", "error", err)
		return p.wait(ctx, run)
	case errors.As(err, &job):
		return p.end(ctx, run, importer.Failed(job.Failure))
	case errors.Is(err, engine.ErrTooLarge):
		return p.end(ctx, run, importer.Failed("The engine's results are larger than this server takes."))
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%w: %w", ErrPointless, ctx.Err())
	case ctx.Err() != nil: // the program stops: the engine has forgotten the work
		back := context.WithoutCancel(ctx)
		run.EngineJob, run.Note = "", db.RunNote{State: db.StateQueued}
		return errors.Join(err, p.change(back, func(ctx context.Context, c *db.Changing) error { return c.NoteRun(ctx, run) }))
	}
	return err
}

// waits is what people read of a result whose engine is not available.
const waits = "The engine is not available at the moment: it is tried again."

// wait leaves a result queued, and says so.
func (p *Processor) wait(ctx context.Context, run *db.Run) error {
	note := db.RunNote{State: db.StateQueued, Waits: waits}
	if run.Note != note {
		run.Note = note
		err := p.change(ctx, func(ctx context.Context, c *db.Changing) error { return c.NoteRun(ctx, run) })
		if errors.Is(err, fault.NotFound) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return Later{enginePause}
}

// end writes what came out, unless the turn is over.
func (p *Processor) end(ctx context.Context, run *db.Run, item *db.ResultItem) error {
	err := p.change(ctx, func(ctx context.Context, c *db.Changing) error { return c.EndRun(ctx, run, item) })
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

func (p *Processor) change(ctx context.Context, f func(context.Context, *db.Changing) error) error {
	return p.Store.Change(ctx, p.Now(), f)
}
