package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/momotor/resultgraph/internal/engine"
)

// EngineSettings say how the Momotor engine is reached.
type EngineSettings struct {
	Engine       string `placeholder:"URL" help:"The broker of the Momotor engine: grpc://HOST[:PORT], or grpcs://HOST[:PORT] with TLS. Without it results stay queued; with --demo a stand-in makes some up, in a store that holds nothing else."`
	EngineKey    string `placeholder:"KEY" help:"The API key that the broker knows this server by; better given in the environment."`
	EngineSecret string `placeholder:"SECRET" help:"The secret of that key; better given in the environment."`
}

// open returns the engine, nil without one. A store that holds the demo alone has a stand-in:
// what real students handed in is never processed by that.
func (e EngineSettings) open(demoAlone bool, log *slog.Logger) (engine.Engine, error) {
	switch {
	case e.Engine != "":
		b, err := engine.NewBroker(engine.BrokerConfig{Address: e.Engine, Key: e.EngineKey, Secret: e.EngineSecret, Log: log})
		if err != nil {
			return nil, errors.Join(errors.New("the engine is not set up as it should be (--engine, --engine-key, --engine-secret)"), err)
		}
		return b, nil
	case demoAlone:
		return &engine.StandIn{}, nil
	}
	return nil, nil
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
