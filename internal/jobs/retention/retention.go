// Package retention handles jobs that purge bundles whose retention period has passed.
package retention

import (
	"cmp"
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
	// ObserveSweep counts a sweep, whose outcome is early, done, refused or failed.
	ObserveSweep func(outcome string)
	Log          *slog.Logger
}

// Do implements jobs.Handler.
func (h *Handler) Do(ctx context.Context, _ Purge) error {
	now, err := h.Store.Now(ctx)
	if err != nil {
		return err
	}
	purged, err := h.purge(ctx, now)
	if purged > 0 {
		h.Log.InfoContext(ctx, "purged bundles", "count", purged)
	}
	outcome, sweepErr := h.sweep(ctx)
	h.ObserveSweep(outcome)
	return errors.Join(err, sweepErr)
}

// The outcomes of a sweep.
const (
	sweepEarly   = "early"
	sweepRefused = "refused" // at least in part
	sweepFailed  = "failed"
	sweepDone    = "done"
)

// sweep sweeps the blobs, unless it is too early or probably a mistake. It returns the outcome.
func (h *Handler) sweep(ctx context.Context) (outcome string, err error) {
	if err := h.Store.RecordJobRun(ctx); err != nil {
		return sweepFailed, err
	}
	s := &Sweeper{h.Store, h.Blobs}
	p, err := s.Plan(ctx)
	if err != nil {
		return sweepFailed, err
	}
	reason := cmp.Or(p.Refusal, p.Doubt)
	if p.IsEarly {
		if reason != "" {
			h.Log.WarnContext(ctx, "the sweep of blobs, which waits a day after the start, would be refused: check --database and --data", "reason", reason)
		}
		return sweepEarly, nil
	}
	if p.Refusal == "" {
		err = h.carryOut(ctx, s, p.WithoutDoubtful())
	}
	switch {
	case reason != "":
		h.Log.ErrorContext(ctx, "sweep of blobs refused: check --database and --data, then run “resultgraph sweep”", "reason", reason, "all", p.Refusal != "")
		outcome = sweepRefused
	case err != nil:
		outcome = sweepFailed
	default:
		outcome = sweepDone
	}
	return outcome, err
}

// carryOut carries out a plan and logs what it swept.
func (h *Handler) carryOut(ctx context.Context, s *Sweeper, p *Plan) error {
	n, err := s.Sweep(ctx, p)
	if n > 0 {
		h.Log.InfoContext(ctx, "swept unreferenced blobs", "count", n, "purged", len(p.Purged), "replaced", len(p.Replaced), "unknown", len(p.Unknown))
	}
	return err
}

// GiveUp implements jobs.Handler. It records nothing, because the job is periodic.
func (*Handler) GiveUp(context.Context, Purge, error) error { return nil }

// purge purges the bundles whose retention period has passed at a time, and returns their number.
func (h *Handler) purge(ctx context.Context, now time.Time) (purged int, err error) {
	for _, policy := range []struct {
		kind   db.BundleKind
		period Period
	}{{db.BundleFull, h.Periods.Full}, {db.BundleBasic, h.Periods.Basic}, {db.BundleProduct, h.Periods.Product}} {
		if policy.period == 0 {
			continue
		}
		n, purgeErr := h.Store.PurgeBundles(ctx, policy.kind, now.Add(-time.Duration(policy.period)))
		purged, err = purged+n, errors.Join(err, purgeErr)
	}
	return purged, err
}
