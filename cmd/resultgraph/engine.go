package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/momotor/resultgraph/internal/engine"
)

// openEngine returns the engine of the settings, a stand-in for a store that holds only demo
// data, or nil.
func openEngine(e *EngineSettings, demo demoState, log *slog.Logger) (engine.Engine, error) {
	switch {
	case e.Engine != "":
		b, err := engine.NewBroker(engine.BrokerConfig{Address: e.Engine, Key: e.EngineKey, Secret: e.EngineSecret, Log: log})
		if err != nil {
			return nil, fmt.Errorf("configure the engine (--engine, --engine-key, --engine-secret): %w", err)
		}
		return b, nil
	case demo.onlyDemo:
		return demoEngine{&engine.StandIn{}, demo.reload}, nil
	}
	return nil, nil
}

// A demoEngine is a stand-in that stops once the store holds more than demo data: it must
// never create fake results for real submissions.
type demoEngine struct {
	*engine.StandIn
	reload func(context.Context) (demoState, error)
}

var errNotOnlyDemo = errors.New("the store holds more than demo data; configure --engine")

// Evaluate implements engine.Engine.
func (d demoEngine) Evaluate(ctx context.Context, w engine.Submission, progress func(engine.Progress)) (*engine.Results, error) {
	switch demo, err := d.reload(ctx); {
	case err != nil:
		return nil, err
	case !demo.onlyDemo:
		return nil, fmt.Errorf("%w: %w", engine.ErrUnavailable, errNotOnlyDemo)
	}
	return d.StandIn.Evaluate(ctx, w, progress)
}

// logEngineInfo logs the name and version of the engine, or that there is none.
func logEngineInfo(ctx context.Context, e engine.Engine, log *slog.Logger) {
	if e == nil {
		log.WarnContext(ctx, "no engine configured, results stay queued; set --engine")
		return
	}
	info, err := e.Check(ctx)
	if err != nil {
		log.WarnContext(ctx, "engine unavailable, results stay queued", "error", err)
		return
	}
	log.InfoContext(ctx, "engine available", "name", info.Name, "version", info.Version)
}
