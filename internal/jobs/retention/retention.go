// Package retention handles jobs that purge bundles whose retention period has passed.
package retention

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/jobs"
)

// Purge purges the bundles whose retention period has passed.
type Purge struct{}

// Kind implements river.JobArgs.
func (Purge) Kind() string { return "purge" }

// maxAttempts is low, because the job is periodic.
const maxAttempts = 3

// InsertOpts implements jobs.Args.
func (Purge) InsertOpts() river.InsertOpts {
	return jobs.UniqueInsertOpts(jobs.QueueUpkeep, maxAttempts)
}

// Timeout implements jobs.Args.
func (Purge) Timeout() time.Duration { return 30 * time.Minute }

// A Handler handles Purge. It also deletes unreferenced blobs.
type Handler struct {
	Store   *db.Store
	Blobs   blob.Store
	Periods Periods
	Now     func() time.Time
	Log     *slog.Logger
}

// Do implements jobs.Handler.
func (h *Handler) Do(ctx context.Context, _ Purge) error {
	purged, err := h.purge(ctx)
	if purged > 0 {
		h.Log.InfoContext(ctx, "purged bundles", "count", purged)
	}
	deleted, sweepErr := sweep(ctx, h.Store, h.Blobs)
	if deleted > 0 {
		h.Log.InfoContext(ctx, "deleted unreferenced blobs", "count", deleted)
	}
	return errors.Join(err, sweepErr)
}

// GiveUp implements jobs.Handler. It records nothing, because the job is periodic.
func (*Handler) GiveUp(context.Context, Purge, error) error { return nil }

// purge purges the bundles whose retention period has passed, and returns their number.
func (h *Handler) purge(ctx context.Context) (purged int, err error) {
	for _, policy := range []struct {
		kind   db.BundleKind
		period Period
	}{{db.BundleFull, h.Periods.Full}, {db.BundleBasic, h.Periods.Basic}, {db.BundleProduct, h.Periods.Product}} {
		if policy.period == 0 {
			continue
		}
		n, purgeErr := h.Store.PurgeBundles(ctx, policy.kind, h.Now().Add(-time.Duration(policy.period)))
		purged, err = purged+n, errors.Join(err, purgeErr)
	}
	return purged, err
}
