package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/bundle"
	"github.com/momotor/resultgraph/internal/engine"
	"github.com/momotor/resultgraph/internal/jobs"
	processing "github.com/momotor/resultgraph/internal/jobs/process"
	"github.com/momotor/resultgraph/internal/jobs/refresh"
	"github.com/momotor/resultgraph/internal/jobs/retention"
	"github.com/momotor/resultgraph/internal/jobs/upload"
)

// WorkSettings are those of the work in the background.
type WorkSettings struct {
	Work      string        `enum:"on,off" default:"on" help:"Whether this server works in the background; off leaves that to others on the same PostgreSQL."`
	WorkLease time.Duration `default:"30s" help:"How long a server may be silent before others take up the work that it had begun."`
	SyncEvery time.Duration `default:"15m" help:"How often active assignments are brought up to date with Canvas, and a Canvas that did not answer is asked whether it is back; 0 is never."`

	EngineSettings
	EngineJobs int `default:"16" help:"How many results this server has at the engine at a time."`

	CanvasSettings
	RetentionSettings
}

// RetentionSettings are the retention periods of the bundles of results.
type RetentionSettings struct {
	KeepFull    retention.Period `default:"0" placeholder:"DAYS" help:"How long full results bundles are kept, such as 90d, counted from when they came into this store; 0 is for ever."`
	KeepBasic   retention.Period `default:"0" placeholder:"DAYS" help:"How long basic results bundles are kept."`
	KeepProduct retention.Period `default:"0" placeholder:"DAYS" help:"How long what students handed in is kept."`
}

// purgeEvery is how often bundles whose retention period has passed are purged.
const purgeEvery = 24 * time.Hour

// A workshop is what works in the background.
type workshop struct {
	queue  *jobs.Queue
	engine engine.Engine // nil without one
	runner *jobs.Runner  // nil when others work
	log    *slog.Logger
}

// periods are the retention periods for a retention.Handler.
func (s *RetentionSettings) periods() retention.Periods {
	return retention.Periods{Full: s.KeepFull, Basic: s.KeepBasic, Product: s.KeepProduct}
}

// openWorkshop makes ready to work. Nothing is begun yet.
func openWorkshop(ctx context.Context, cmd *serveCommand, s *Settings, store *db.Store, blobs blob.Store, demo demoState, log *slog.Logger) (*workshop, error) {
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
	if w.engine, err = openEngine(&cmd.EngineSettings, demo, log); err != nil {
		return nil, err
	}
	accounts, err := cmd.CanvasSettings.accounts(ctx, s, store, log)
	if err != nil {
		return nil, err
	}
	verbs := jobs.Workers{
		Refresh:   &refresh.Refresher{Store: store, Blobs: blobs, Queue: w.queue, Canvases: accounts, Now: time.Now, Log: log},
		Sync:      &refresh.Syncer{Store: store, Queue: w.queue, Canvases: accounts, Now: time.Now, Log: log},
		Upload:    &upload.Uploader{Store: store, Canvases: accounts, Now: time.Now, Log: log},
		Purge:     &retention.Handler{Store: store, Blobs: blobs, Periods: cmd.periods(), Now: time.Now, Log: log},
		SyncEvery: cmd.SyncEvery, PurgeEvery: purgeEvery, Lease: cmd.WorkLease, AtEngine: cmd.EngineJobs,
	}
	if w.engine != nil {
		verbs.Process = &processing.Processor{
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
	go logEngineInfo(ctx, w.engine, w.log)
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
