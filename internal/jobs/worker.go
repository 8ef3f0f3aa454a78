package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/fault"
)

// A Verb does one kind of work.
type Verb[T river.JobArgs] interface {
	// Do does the work, any part of which may have been done before by a program that was
	// killed. What it returns is nil when the work is done, a Later, or an error: the work
	// is tried again, later each time, unless the error wraps ErrPointless.
	Do(ctx context.Context, work T) error
	// GiveUp writes down for people that the work is not tried any more, and why.
	GiveUp(ctx context.Context, work T, reason error) error
}

// A Later is the error of work that can not be done now, and is tried again after a while.
// That counts as no go at it.
type Later struct{ After time.Duration }

// Error implements error.
func (l Later) Error() string { return fmt.Sprintf("not now, again in %s", l.After) }

// ErrPointless is the error of work that is never to be tried again. It is wrapped with why.
var ErrPointless = errors.New("there is no point in trying again")

// errKilled is why work is given up that may be what kills the program.
var errKilled = errors.New("the program was killed again and again while it was at it")

// errStuck is why work is given up that heeds no time limit.
var errStuck = errors.New("it was stuck again and again")

// mostKills is how often a program may be killed while it is at the same work.
const mostKills = 100

// kills reads from the metadata of work how often that was so: see db.Store.Beat.
func kills(metadata []byte) int {
	var m struct{ Killed int }
	_ = json.Unmarshal(metadata, &m) // what is no JSON says nothing
	return m.Killed
}

// giveUpTime is how long GiveUp may take, and pauseToGiveUp when it is tried again.
const giveUpTime, pauseToGiveUp = 30 * time.Second, time.Minute

// A worker is a Verb as River calls it.
type worker[T river.JobArgs] struct {
	river.WorkerDefaults[T]
	verb  Verb[T]
	store *db.Store
	log   *slog.Logger
}

// unwindTime is how long work may take to see that its time is over, and to write down
// what came of it, before another program takes it for stuck.
const unwindTime = 2 * time.Minute

// Timeout is when River cuts work off, and takes it for stuck: Work does so before.
func (w *worker[T]) Timeout(job *river.Job[T]) time.Duration { return limits[job.Kind] + unwindTime }

// NextRetry lets work that failed wait for some seconds, twice as long each time and some
// minutes at most.
func (w *worker[T]) NextRetry(job *river.Job[T]) time.Time {
	const first, most = 5 * time.Second, 5 * time.Minute
	return time.Now().Add(min(most, first<<min(len(job.Errors), 10)))
}

// Work does the work once.
func (w *worker[T]) Work(ctx context.Context, job *river.Job[T]) error {
	if w.verb == nil { // another program's: none of this one should have come here
		return river.JobSnooze(time.Minute)
	}
	start := time.Now()
	goes := job.MaxAttempts - db.ExtraAttempts
	var err error
	switch {
	case kills(job.Metadata) >= mostKills:
		err = fmt.Errorf("%w: %w", errKilled, ErrPointless)
	case job.Attempt > goes: // the last go did not come to an end
		err = fmt.Errorf("%w: %w", errStuck, ErrPointless)
	default:
		err = w.do(withGauge(ctx, &gauge{store: w.store, log: w.log, job: job.ID}), job.Args)
	}
	log := w.log.With("work", job.Kind, "args", job.Args, "attempt", job.Attempt, "ms", time.Since(start).Milliseconds())
	var later Later
	switch {
	case err == nil:
		log.InfoContext(ctx, "work is done")
		return nil
	case errors.As(err, &later):
		log.DebugContext(ctx, "work waits", "for", later.After)
		return river.JobSnooze(later.After)
	case errors.Is(ctx.Err(), context.Canceled): // the program stops
		log.InfoContext(ctx, "work is handed back")
		return river.JobSnooze(0)
	case errors.Is(err, ErrPointless), job.Attempt >= goes:
		return w.giveUp(ctx, log, job.Args, err)
	}
	log.WarnContext(ctx, "work failed, and is tried again", "error", err)
	return told(err)
}

// told is an error as reviewers read it in the list of work. What is not written for them
// is in the log alone.
func told(err error) error {
	var asked *canvas.Error
	var said *engine.Exception
	var ours *fault.Error
	switch {
	case errors.As(err, &asked):
		return asked
	case errors.As(err, &said):
		return said
	case errors.As(err, &ours):
		return ours
	case errors.Is(err, context.DeadlineExceeded):
		return errors.New("it took longer than it may")
	case errors.Is(err, errKilled), errors.Is(err, errStuck), errors.Is(err, ErrPointless):
		return errors.New(strings.TrimSuffix(err.Error(), ": "+ErrPointless.Error()))
	}
	return errors.New("something went wrong on our side: the log of the server says what")
}

// do does the work within its time, and makes an error of a panic, which River would not
// give up with us.
func (w *worker[T]) do(ctx context.Context, work T) (err error) {
	ctx, cancel := context.WithTimeout(ctx, limits[work.Kind()])
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			w.log.ErrorContext(ctx, "panic", "work", work.Kind(), "value", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return w.verb.Do(ctx, work)
}

// giveUp ends work for good. When that can not be written down, all of it is done again.
func (w *worker[T]) giveUp(ctx context.Context, log *slog.Logger, work T, reason error) error {
	log.ErrorContext(ctx, "work is given up", "error", reason)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveUpTime)
	defer cancel()
	if err := w.verb.GiveUp(ctx, work, reason); err != nil {
		log.ErrorContext(ctx, "that work is given up could not be written down", "error", err)
		return river.JobSnooze(pauseToGiveUp)
	}
	return river.JobCancel(told(reason))
}
