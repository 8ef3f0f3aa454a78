package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/jobs"
)

// WorkSettings are those of the work in the background.
type WorkSettings struct {
	Work      string        `enum:"on,off" default:"on" help:"Whether this server works in the background; off leaves that to others on the same PostgreSQL."`
	WorkLease time.Duration `default:"30s" help:"How long a server may be silent before others take up the work that it had begun."`
	SyncEvery time.Duration `default:"15m" help:"How often active assignments are brought up to date with Canvas, and a Canvas that did not answer is asked whether it is back; 0 is never."`

	EngineSettings
	EngineJobs int `default:"16" help:"How many results this server has at the engine at a time."`

	CanvasSettings
	KeepSettings
}

// A workshop is what works in the background.
type workshop struct {
	queue  *jobs.Queue
	engine engine.Engine // nil without one
	runner *jobs.Runner  // nil when others work
	log    *slog.Logger
}

// check fails when there is a setting that can not be.
func (s *WorkSettings) check() error {
	switch {
	case s.WorkLease < time.Second:
		return fmt.Errorf("--work-lease is %s, and must be a second or more", s.WorkLease)
	case s.EngineJobs < 1 || s.EngineJobs > 1000:
		return fmt.Errorf("--engine-jobs is %d, and must be from 1 to 1000", s.EngineJobs)
	case s.SyncEvery < 0 || 0 < s.SyncEvery && s.SyncEvery < time.Minute:
		return fmt.Errorf("--sync-every is %s, and must be a minute or more, or 0", s.SyncEvery)
	}
	return nil
}

// openWorkshop makes ready to work. Nothing is begun yet.
func openWorkshop(ctx context.Context, cmd *serveCommand, s *Settings, store *db.Store, blobs blob.Store, demo demoStore, log *slog.Logger) (*workshop, error) {
	w := &workshop{log: log}
	var err error
	if w.queue, err = jobs.NewQueue(store); err != nil {
		return w, err
	}
	if cmd.Work == "off" {
		if !store.DB().SupportsLateral() { // SQLite, on which there is no other server
			log.WarnContext(ctx, "nobody works in the background: what is asked for waits until this server is started without --work off")
		}
		if len(cmd.CanvasToken) > 0 { // they are in the database for those who work
			_, err = cmd.CanvasSettings.accounts(ctx, s, store, log)
		}
		return w, err
	}
	if w.engine, err = cmd.EngineSettings.open(demo, log); err != nil {
		return nil, err
	}
	accounts, err := cmd.CanvasSettings.accounts(ctx, s, store, log)
	if err != nil {
		return nil, err
	}
	verbs := jobs.Workers{
		Refresh:   &jobs.Refresher{Store: store, Blobs: blobs, Queue: w.queue, Canvases: accounts, Now: time.Now, Log: log},
		Sync:      &jobs.Syncer{Store: store, Queue: w.queue, Canvases: accounts, Now: time.Now, Log: log},
		Upload:    &jobs.Uploader{Store: store, Canvases: accounts, Now: time.Now, Log: log},
		Purge:     &upkeep{store: store, blobs: blobs, keep: cmd.KeepSettings, now: time.Now, log: log},
		SyncEvery: cmd.SyncEvery, PurgeEvery: day, Lease: cmd.WorkLease, AtEngine: cmd.EngineJobs,
	}
	if w.engine != nil {
		verbs.Process = &jobs.Processor{
			Store: store, Blobs: blobs, Engine: w.engine, Bundles: bundle.DefaultLimits(), Now: time.Now, Log: log,
		}
	}
	w.runner, err = jobs.NewRunner(ctx, store, verbs, log)
	return w, err
}

// start begins to work.
func (w *workshop) start(ctx context.Context) error {
	if w.runner == nil {
		return nil
	}
	go greet(ctx, w.engine, w.log)
	return w.runner.Start(ctx)
}

// stop ends the work: what is under way may go on until ctx is done, and is handed back then.
func (w *workshop) stop(ctx context.Context) error {
	if w.runner == nil {
		return nil
	}
	err := w.runner.Stop(ctx)
	if w.engine != nil {
		err = errors.Join(err, w.engine.Close())
	}
	return err
}
