package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/momotor/resultgraph/internal/engine"
)

// EngineSettings say how the Momotor engine is reached.
type EngineSettings struct {
	Engine       string `placeholder:"URL" help:"The broker of the Momotor engine: grpc://HOST[:PORT], or grpcs://HOST[:PORT] with TLS. Without it results stay queued; with --demo a stand-in makes some up, in a store that holds nothing else."`
	EngineKey    string `placeholder:"KEY" help:"The API key that the broker knows this server by; better given in the environment."`
	EngineSecret string `placeholder:"SECRET" help:"The secret of that key; better given in the environment."`
}

// open returns the engine, nil without one. A store that holds the demo alone has a stand-in.
func (e EngineSettings) open(demo demoStore, log *slog.Logger) (engine.Engine, error) {
	switch {
	case e.Engine != "":
		b, err := engine.NewBroker(engine.BrokerConfig{Address: e.Engine, Key: e.EngineKey, Secret: e.EngineSecret, Log: log})
		if err != nil {
			return nil, errors.Join(errors.New("the engine is not set up as it should be (--engine, --engine-key, --engine-secret)"), err)
		}
		return b, nil
	case demo.alone:
		return demoEngine{&engine.StandIn{}, demo.again}, nil
	}
	return nil, nil
}

// A demoEngine is a stand-in that works while the store holds the demo alone: what real
// students handed in is never processed by it, also when it comes later.
type demoEngine struct {
	*engine.StandIn
	again func(context.Context) (demoStore, error)
}

// Evaluate implements engine.Engine.
func (d demoEngine) Evaluate(ctx context.Context, w engine.Work, progress func(engine.Progress)) (*engine.Results, error) {
	switch demo, err := d.again(ctx); {
	case err != nil:
		return nil, err
	case !demo.alone:
		return nil, fmt.Errorf("%w: the store has more than the demo, and results of that need --engine", engine.ErrUnavailable)
	}
	return d.StandIn.Evaluate(ctx, w, progress)
}

// greet logs who the engine is, or that it is not there.
func greet(ctx context.Context, e engine.Engine, log *slog.Logger) {
	if e == nil {
		log.WarnContext(ctx, "there is no engine: results stay queued until there is one (--engine)")
		return
	}
	info, err := e.Check(ctx)
	if err != nil {
		log.WarnContext(ctx, "results wait: the engine does not answer", "error", err)
		return
	}
	log.InfoContext(ctx, "the engine answers", "name", info.Name, "version", info.Version)
}
