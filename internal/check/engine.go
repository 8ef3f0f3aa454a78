package check

import (
	"context"
	"errors"
	"time"

	"github.com/momotor/resultgraph/internal/engine"
)

// engineTimeout limits the check of the engine.
const engineTimeout = 10 * time.Second

// Engine checks that the engine accepts the login; nil is none.
func Engine(ctx context.Context, e engine.Engine) Finding {
	if e == nil {
		return warn("engine", "set --engine, unless another instance processes the results", "none is configured, so results stay queued")
	}
	ctx, cancel := context.WithTimeout(ctx, engineTimeout)
	defer cancel()
	info, err := e.Check(ctx)
	switch {
	case err == nil:
		return ok("engine", "%s %s accepts the login", info.Name, info.Version)
	case errors.Is(err, context.DeadlineExceeded):
		return fail("engine", "check --engine and the network", "no answer within %s", engineTimeout)
	}
	return fail("engine", "check --engine, --engine-key and --engine-secret, and whether the engine runs", "%v", err)
}
