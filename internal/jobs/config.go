package jobs

import (
	"cmp"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
)

// A Config configures a Runner.
type Config struct {
	// Registrations has every kind of job.
	Registrations []Registration
	// MaxProcessing is how many results are processed at a time; 0 is DefaultMaxProcessing.
	MaxProcessing int
	// Lease is how long an instance may send no heartbeat before other instances run its
	// jobs; 0 is DefaultLease.
	Lease time.Duration
	// Now is the clock of this machine; nil is time.Now.
	Now func() time.Time
}

// DefaultMaxProcessing is how many results are processed at a time.
const DefaultMaxProcessing = 16

// DefaultLease is long enough for a machine under heavy load.
const DefaultLease = 30 * time.Second

// rescueAfter is how long a job must have run before River checks whether it is stuck. A job is
// stuck when the timeout of its worker has passed, too.
const rescueAfter = 5 * time.Minute

// softStopTimeout is longer than a Stop may take: River must not cancel jobs before Stop does.
const softStopTimeout = 10 * time.Minute

// riverConfig returns River's configuration. River fetches jobs only from queues of kinds that
// have a handler.
func (c *Config) riverConfig(store *db.Store, clock *databaseClock, log *slog.Logger) (*river.Config, error) {
	maxWorkers := map[string]int{QueueProcess: cmp.Or(c.MaxProcessing, DefaultMaxProcessing), QueueCanvas: 4, QueueUpkeep: 2}
	conf := &river.Config{
		Queues: map[string]river.QueueConfig{}, Workers: river.NewWorkers(), Logger: newRiverLogger(log),
		FetchOnlyKnownKinds: true, JobTimeout: time.Minute, RescueStuckJobsAfter: rescueAfter, SoftStopTimeout: softStopTimeout,
		Hooks: insertHooks(store), Test: river.TestConfig{Time: clock}, // the only place where River takes a clock
	}
	var errs []error
	for _, r := range c.Registrations {
		errs = append(errs, r.addWorker(conf.Workers, store, clock, log))
		if r.hasHandler {
			conf.Queues[r.queue] = river.QueueConfig{MaxWorkers: maxWorkers[r.queue]}
		}
		if r.periodic != nil {
			conf.PeriodicJobs = append(conf.PeriodicJobs, r.periodic)
		}
	}
	return conf, errors.Join(errs...)
}
