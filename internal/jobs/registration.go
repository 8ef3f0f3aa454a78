package jobs

import (
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
)

// A Registration registers one kind of job with a Runner.
type Registration struct {
	// Kind is the name of the kind in River's tables.
	Kind string

	queue      string
	hasHandler bool               // false if only other instances run the kind
	periodic   *river.PeriodicJob // nil if the kind is not periodic
	addWorker  func(*river.Workers, *db.Store, *databaseClock, *slog.Logger) error
}

// Register registers the handler of a kind of job.
func Register[T Args](h Handler[T]) Registration {
	r := RegisterWithoutHandler[T]()
	r.hasHandler = true
	r.addWorker = addWorker(h)
	return r
}

// RegisterPeriodic registers the handler of a kind of job that takes no arguments. One
// instance enqueues a job when it starts and then once in every interval. An interval of 0
// enqueues no jobs.
func RegisterPeriodic[T Args](h Handler[T], interval time.Duration) Registration {
	r := Register(h)
	if interval > 0 {
		var args T
		r.periodic = river.NewPeriodicJob(river.PeriodicInterval(interval),
			func() (river.JobArgs, *river.InsertOpts) { return args, nil }, &river.PeriodicJobOpts{RunOnStart: true})
	}
	return r
}

// RegisterWithoutHandler registers a kind whose jobs only other instances run. A runner must know
// every kind, because River discards stuck jobs of kinds that it does not know.
func RegisterWithoutHandler[T Args]() Registration {
	var args T
	return Registration{Kind: args.Kind(), queue: args.InsertOpts().Queue, addWorker: addWorker[T](nil)}
}

func addWorker[T Args](h Handler[T]) func(*river.Workers, *db.Store, *databaseClock, *slog.Logger) error {
	return func(workers *river.Workers, store *db.Store, clock *databaseClock, log *slog.Logger) error {
		return river.AddWorkerSafely(workers, &worker[T]{handler: h, store: store, clock: clock, log: log})
	}
}
