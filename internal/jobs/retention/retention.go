// Package retention purges the bundles whose retention period has passed.
package retention

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/jobs"
)

// A Handler handles jobs.Purge: it purges the bundles whose retention period has passed,
// and deletes unreferenced blobs.
type Handler struct {
	Store   *db.Store
	Blobs   blob.Store
	Periods Periods
	Now     func() time.Time
	Log     *slog.Logger
}

// Do implements jobs.Verb.
func (h *Handler) Do(ctx context.Context, _ jobs.Purge) error {
	purged, err := h.purge(ctx)
	if purged > 0 {
		h.Log.InfoContext(ctx, "purged old bundles", "count", purged)
	}
	deleted, sweepErr := sweep(ctx, h.Store, h.Blobs)
	if deleted > 0 {
		h.Log.InfoContext(ctx, "deleted unreferenced blobs", "count", deleted)
	}
	return errors.Join(err, sweepErr)
}

// GiveUp implements jobs.Verb. It records nothing: the job is enqueued again every day.
func (*Handler) GiveUp(context.Context, jobs.Purge, error) error { return nil }

// purge purges the bundles whose retention period has passed, and returns how many.
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
