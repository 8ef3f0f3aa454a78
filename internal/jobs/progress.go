package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/momotor/resultgraph/db"
)

// progressInterval is the minimum time between two writes of a job's progress.
const progressInterval = time.Second

// WriteTimeout is how long a job that is being cancelled may take to record its progress or outcome.
const WriteTimeout = 5 * time.Second

// A progressWriter writes the progress of one job to the store.
type progressWriter struct {
	store     *db.Store
	log       *slog.Logger
	jobID     int64
	lastWrite time.Time
}

type progressKey struct{}

func withProgress(ctx context.Context, w *progressWriter) context.Context {
	return context.WithValue(ctx, progressKey{}, w)
}

// ReportProgress records the progress of the job that ctx belongs to, from 0 to 1. It must
// not be called by several goroutines at once. Nothing depends on progress, so errors are
// only logged.
func ReportProgress(ctx context.Context, progress float64) {
	w, ok := ctx.Value(progressKey{}).(*progressWriter)
	if !ok || time.Since(w.lastWrite) < progressInterval {
		return
	}
	w.lastWrite = time.Now()
	if err := w.store.SetJobProgress(ctx, w.jobID, progress); err != nil && ctx.Err() == nil {
		w.log.WarnContext(ctx, "cannot record the progress of a job", "error", err)
	}
}
