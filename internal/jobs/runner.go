package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/momotor/resultgraph/db"
)

// Workers do the work, each one kind of it. What one returns is nil when the work is done,
// a Later, ErrPointless, or an error after which it is tried again, later each time.
type Workers struct {
	Process func(context.Context, Process) error
	Refresh func(context.Context, Refresh) error
	Upload  func(context.Context, Upload) error
	Purge   func(context.Context, Purge) error
}

// A Later is the error of work that can not be done now, and is tried again after a while.
// That counts as no go at it.
type Later struct{ After time.Duration }

// Error implements error.
func (l Later) Error() string { return fmt.Sprintf("not now, again in %s", l.After) }

// ErrPointless is the error of work that is never to be tried again. It is wrapped with why.
var ErrPointless = errors.New("there is no point in trying again")

// A Runner does the work that waits in a store. Any number of programs may run one on the
// same PostgreSQL.
type Runner struct {
	start      func(context.Context) error
	stop, halt func(context.Context) error
	pool       *pgxpool.Pool
}

// runnerConns is how many connections River has to PostgreSQL.
const runnerConns = 6

// NewRunner returns a runner of what workers do.
func NewRunner(ctx context.Context, store *db.Store, workers Workers, log *slog.Logger) (*Runner, error) {
	all := river.NewWorkers()
	for _, err := range []error{
		add(all, workers.Process), add(all, workers.Refresh), add(all, workers.Upload), add(all, workers.Purge),
	} {
		if err != nil {
			return nil, err
		}
	}
	conf := &river.Config{
		Queues: queues, Workers: all, Logger: log, FetchOnlyKnownKinds: true,
		// What a program left that was killed: after the longest that work may take.
		RescueStuckJobsAfter: 65 * time.Minute,
	}
	pool, err := store.Fresh(ctx, runnerConns)
	if err != nil {
		return nil, fmt.Errorf("connect the runner of work: %w", err)
	}
	r := &Runner{pool: pool}
	if pool != nil {
		err = r.use(riverpgxClient(pool, conf))
	} else {
		err = r.use(sqliteClient(store.SQL(), conf))
	}
	if err != nil {
		r.close()
		return nil, fmt.Errorf("make the runner of work: %w", err)
	}
	return r, nil
}

// A client is River's, for either kind of transaction.
type client interface {
	Start(context.Context) error
	Stop(context.Context) error
	StopAndCancel(context.Context) error
}

func riverpgxClient(pool *pgxpool.Pool, conf *river.Config) (client, error) {
	return newClient[pgx.Tx](riverpgxv5.New(pool), conf)
}

func sqliteClient(pool *sql.DB, conf *river.Config) (client, error) {
	return newClient[*sql.Tx](riversqlite.New(pool), conf)
}

func newClient[T any](driver riverdriver.Driver[T], conf *river.Config) (client, error) {
	return river.NewClient(driver, conf)
}

func (r *Runner) use(c client, err error) error {
	if err == nil {
		r.start, r.stop, r.halt = c.Start, c.Stop, c.StopAndCancel
	}
	return err
}

// Start begins to work. It does not wait for anything. Ctx is that of all the work.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the runner of work: %w", err)
	}
	return nil
}

// Stop takes no more work and lets what is under way end until ctx is done; then it is cut
// off, and handed back for somebody to do at once.
func (r *Runner) Stop(ctx context.Context) error {
	defer r.close()
	err := r.stop(ctx)
	if err == nil {
		return nil
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), handBackTime)
	defer cancel()
	return r.halt(end)
}

// handBackTime is how long work may take to see that it is cut off.
const handBackTime = 20 * time.Second

func (r *Runner) close() {
	if r.pool != nil {
		r.pool.Close()
	}
}

// add makes a function the worker of its kind; a nil one does nothing, and its work waits.
func add[T river.JobArgs](all *river.Workers, work func(context.Context, T) error) error {
	if work == nil {
		return nil
	}
	return river.AddWorkerSafely(all, &worker[T]{work: work})
}

// A worker is a function as River calls it.
type worker[T river.JobArgs] struct {
	river.WorkerDefaults[T]
	work func(context.Context, T) error
}

// Timeout is how long one go at the work may take.
func (w *worker[T]) Timeout(job *river.Job[T]) time.Duration { return limits[job.Kind] }

// Work does the work once.
func (w *worker[T]) Work(ctx context.Context, job *river.Job[T]) error {
	err := w.work(ctx, job.Args)
	var later Later
	switch {
	case err == nil:
		return nil
	case errors.As(err, &later):
		return river.JobSnooze(later.After)
	case errors.Is(err, ErrPointless):
		return river.JobCancel(err)
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded): // the program stops
		return river.JobSnooze(0)
	}
	return err
}
