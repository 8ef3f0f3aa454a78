package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/canvas/accounts"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/jobs/process"
	"github.com/momotor/resultgraph/internal/jobs/refresh"
	"github.com/momotor/resultgraph/internal/jobs/retention"
	"github.com/momotor/resultgraph/internal/jobs/upload"
)

// purgeInterval is the time between two purges of bundles.
const purgeInterval = 24 * time.Hour

// jobPool configures the connections of jobs. Jobs have connections of their own, so that they and the
// operations of clients do not delay each other. They wait longer for one, because no client waits for
// them.
var jobPool = db.Options{Conns: 4, MaxWait: time.Minute}

// A background runs jobs.
type background struct {
	queue *jobs.Queue
	// clients has the Canvas clients of the accounts, which jobs and requests share.
	clients *accounts.Accounts
	engine  engine.Engine // nil if none is configured
	runner  *jobs.Runner  // nil with --jobs=off
	store   *db.Store
	log     *slog.Logger
	// observeSweep counts the sweeps of blobs; nil without metrics. It is set before start.
	observeSweep func(outcome string)
}

// newBackground returns a background that is not started. With --jobs=off it can only
// enqueue jobs for other instances.
func newBackground(ctx context.Context, cmd *serveCommand, s *Settings, store *db.Store, blobs blob.Store, demo demoState, log *slog.Logger) (*background, error) {
	b := &background{store: store, log: log}
	var err error
	if b.queue, err = jobs.NewQueue(store); err != nil {
		return nil, err
	}
	if b.clients, err = cmd.CanvasSettings.accounts(ctx, s, store, log); err != nil { // stores the tokens, also for other instances
		return nil, err
	}
	if cmd.Jobs == "off" {
		if !store.IsPostgres() { // SQLite serves a single instance
			log.WarnContext(ctx, "background jobs are off and no other instance can run them; start this one without --jobs=off")
		}
		return b, nil
	}
	if b.engine, err = openEngine(&cmd.EngineSettings, demo, log); err != nil {
		return nil, err
	}
	b.runner, err = jobs.NewRunner(ctx, store, jobs.Config{
		Registrations: b.registrations(cmd, store, blobs, b.clients),
		MaxProcessing: cmd.MaxEngineJobs, Lease: cmd.JobLease,
	}, log)
	return b, err
}

// registrations has every kind of job. A test demands that none is missing.
func (b *background) registrations(cmd *serveCommand, store *db.Store, blobs blob.Store, clients jobs.CanvasClients) []jobs.Registration {
	processResult := jobs.RegisterWithoutHandler[jobs.ProcessResult]()
	if b.engine != nil {
		processResult = jobs.Register(&process.Handler{
			Store: store, Blobs: blobs, Engine: b.engine, BundleLimits: bundle.DefaultLimits(), Now: time.Now, Log: b.log,
		})
	}
	return []jobs.Registration{
		processResult,
		jobs.Register(&refresh.Handler{Store: store, Blobs: blobs, Queue: b.queue, Clients: clients, Now: time.Now, Log: b.log}),
		jobs.RegisterPeriodic(&refresh.Scheduler{Store: store, Queue: b.queue, Clients: clients, Now: time.Now, Log: b.log}, cmd.SyncInterval),
		jobs.Register(&upload.Handler{Store: store, Clients: clients, Now: time.Now, Log: b.log}),
		jobs.RegisterPeriodic(&retention.Handler{Store: store, Blobs: blobs, Periods: cmd.periods(), ObserveSweep: b.countSweep, Log: b.log}, purgeInterval),
	}
}

// jobKinds returns the kinds of all jobs.
func jobKinds() (kinds []string) {
	for _, r := range new(background).registrations(new(serveCommand), nil, nil, nil) {
		kinds = append(kinds, r.Kind)
	}
	return kinds
}

// countSweep counts a sweep of blobs.
func (b *background) countSweep(outcome string) {
	if b.observeSweep != nil {
		b.observeSweep(outcome)
	}
}

// start starts to run jobs.
func (b *background) start(ctx context.Context) error {
	if b.runner == nil {
		return nil
	}
	if err := b.store.RecordStart(ctx); err != nil {
		return err
	}
	go logEngineInfo(ctx, b.engine, b.log)
	return b.runner.Start(ctx)
}

// stop waits for running jobs until ctx is canceled. The jobs that remain return to the queue.
func (b *background) stop(ctx context.Context) error {
	if b.runner == nil {
		return nil
	}
	err := b.runner.Stop(ctx)
	if b.engine != nil {
		err = errors.Join(err, b.engine.Close())
	}
	return err
}
