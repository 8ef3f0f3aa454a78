package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/momotor/resultgraph/db"
)

// progressEvery is how often it is noted at most how much of work is done.
const progressEvery = time.Second

// A gauge notes how much of a job is done.
type gauge struct {
	store *db.Store
	log   *slog.Logger
	job   int64
	last  time.Time
}

type gaugeKey struct{}

func withGauge(ctx context.Context, g *gauge) context.Context {
	return context.WithValue(ctx, gaugeKey{}, g)
}

// ReportProgress notes how much of the work that is being done is done, from 0 to 1, for those who
// look at it. It is not for several goroutines at once. Nothing depends on it, so what fails
// is logged.
func ReportProgress(ctx context.Context, done float64) {
	g, ok := ctx.Value(gaugeKey{}).(*gauge)
	if !ok || time.Since(g.last) < progressEvery {
		return
	}
	g.last = time.Now()
	if err := g.store.SetJobProgress(ctx, g.job, done); err != nil && ctx.Err() == nil {
		g.log.WarnContext(ctx, "progress could not be noted", "error", err)
	}
}

// NoteTime is how long noting a job may take, also when the work is cut off just then.
const NoteTime = 5 * time.Second
