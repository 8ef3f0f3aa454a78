package jobs

import (
	"cmp"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
)

// rescueAfter is the least that River waits before it looks at work that was begun; how
// long each kind may take goes before it.
const rescueAfter = 5 * time.Minute

// softStop is longer than a Stop may take: River is not to cut work off before that does.
const softStop = 10 * time.Minute

// config is what River has to know. It is told of every kind of work, for it throws away
// what it does not know; a queue is only looked at by who does its work.
func (w *Workers) config(store *db.Store, log *slog.Logger) (*river.Config, error) {
	all := river.NewWorkers()
	err := errors.Join(
		add(all, store, log, w.Process), add(all, store, log, w.Refresh), add(all, store, log, w.Upload),
		add(all, store, log, w.Sync), add(all, store, log, w.Purge),
	)
	conf := &river.Config{
		Queues: map[string]river.QueueConfig{}, Workers: all, Logger: quieter(log),
		FetchOnlyKnownKinds: true, JobTimeout: time.Minute, RescueStuckJobsAfter: rescueAfter, SoftStopTimeout: softStop,
	}
	for _, q := range []struct {
		name   string
		open   bool
		places int
	}{
		{queueProcess, w.Process != nil, cmp.Or(w.AtEngine, DefaultAtEngine)},
		{queueCanvas, w.Refresh != nil || w.Upload != nil, 4},
		{queueUpkeep, w.Sync != nil || w.Purge != nil, 2},
	} {
		if q.open {
			conf.Queues[q.name] = river.QueueConfig{MaxWorkers: q.places}
		}
	}
	conf.PeriodicJobs = append(periodic(Sync{}, w.SyncEvery), periodic(Purge{}, w.PurgeEvery)...)
	return conf, err
}

func add[T river.JobArgs](all *river.Workers, store *db.Store, log *slog.Logger, verb Verb[T]) error {
	return river.AddWorkerSafely(all, &worker[T]{verb: verb, store: store, log: log})
}

// periodic asks for work now and then once in a while, wherever there is a leader.
func periodic(work river.JobArgs, every time.Duration) []*river.PeriodicJob {
	if every == 0 {
		return nil
	}
	ask := func() (river.JobArgs, *river.InsertOpts) { return work, nil }
	return []*river.PeriodicJob{river.NewPeriodicJob(river.PeriodicInterval(every), ask, &river.PeriodicJobOpts{RunOnStart: true})}
}
