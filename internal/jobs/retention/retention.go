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

// A Handler handles Purge. It also sweeps unreferenced blobs.
type Handler struct {
	Store   *db.Store
	Blobs   blob.Store
	Periods Periods
	Now     func() time.Time
	// ObserveSweep counts a sweep, whose outcome is done, refused or failed.
	ObserveSweep func(outcome string)
	Log          *slog.Logger
}

// Do implements jobs.Handler.
func (h *Handler) Do(ctx context.Context, _ Purge) error {
	purged, err := h.purge(ctx)
	if purged > 0 {
		h.Log.InfoContext(ctx, "purged bundles", "count", purged)
	}
	return errors.Join(err, h.sweep(ctx))
}

// sweep sweeps the blobs, unless it is too early or probably a mistake.
func (h *Handler) sweep(ctx context.Context) error {
	if err := h.Store.RecordJobRun(ctx); err != nil {
		h.ObserveSweep("failed")
		return err
	}
	s := &Sweeper{h.Store, h.Blobs}
	p, err := s.Plan(ctx)
	if err != nil {
		h.ObserveSweep("failed")
		return err
	}
	if p.IsEarly {
		return nil
	}
	if p.Refusal != "" {
		h.Log.ErrorContext(ctx, "sweep of blobs refused: check --database and --data, then run “resultgraph sweep”", "reason", p.Refusal)
		h.ObserveSweep("refused")
		return nil
	}
	n, err := s.Sweep(ctx, p)
	if n > 0 {
		h.Log.InfoContext(ctx, "swept unreferenced blobs", "count", n, "purged", len(p.Purged), "replaced", len(p.Replaced), "unknown", len(p.Unknown))
	}
	if err != nil {
		h.ObserveSweep("failed")
		return err
	}
	h.ObserveSweep("done")
	return nil
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
