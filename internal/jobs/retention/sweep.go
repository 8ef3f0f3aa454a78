package retention

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/blob"
)

const (
	// gracePeriod is how long an unreferenced blob is kept. It is far longer than the time
	// between storing a bundle and inserting its row.
	gracePeriod = 24 * time.Hour
	// sweepDelay is the time from a start to the first sweep, in which an operator can notice a mistake.
	// It is a little less than a day, so that the job of the next day is late enough.
	sweepDelay = 23 * time.Hour
	// maxUnknownPercent is the share of blobs that a sweep may remove although the database does not
	// know of them. They are files of requests that failed. More of them, and more than maxUnknown, are
	// the files of another database, or of rows that were lost.
	maxUnknownPercent = 10
	maxUnknown        = 20
)

// A Sweeper removes the blobs that no bundle of a store refers to.
type Sweeper struct {
	Store *db.Store
	Blobs blob.Store
}

// A Plan is what a sweep would do.
type Plan struct {
	*blob.SweepPlan
	// IsEmpty is set for an empty database.
	IsEmpty bool
	// IsEarly is set within a day after the start of a server.
	IsEarly bool
	// Refusal is the reason why the sweep is probably a mistake; "" if it is not.
	Refusal string
	// Doubt is the reason why the database has probably lost the rows of the unknown blobs; "" if it has
	// not. Clients can cause it with requests that fail, so it must not stop the rest of the sweep.
	Doubt string
}

// WithoutDoubtful returns the plan that keeps the unknown blobs if there is a doubt about them.
func (p *Plan) WithoutDoubtful() *Plan {
	if p.Doubt == "" {
		return p
	}
	sweep, plan := *p.SweepPlan, *p
	sweep.Unknown, plan.SweepPlan = nil, &sweep
	return &plan
}

// Plan finds the blobs to remove, and whether a sweep may remove them.
func (s *Sweeper) Plan(ctx context.Context) (*Plan, error) {
	state, err := s.Store.SweepState(ctx)
	if err != nil {
		return nil, err
	}
	p, err := s.Blobs.PlanSweep(ctx, time.Now().Add(-gracePeriod), s.uses)
	if err != nil {
		return nil, err
	}
	return &Plan{p, state.IsEmpty, state.SinceStart < sweepDelay, refusal(state), doubt(p)}, nil
}

func refusal(state db.SweepState) string {
	switch {
	case state.IsEmpty:
		return "the database is empty"
	case state.IsReverted:
		return "migrations were reverted, which deletes rows"
	}
	return ""
}

func doubt(p *blob.SweepPlan) string {
	if n := len(p.Unknown); n > maxUnknown && n*100 > p.Blobs*maxUnknownPercent {
		return fmt.Sprintf("the database knows nothing of %d of %d blobs", n, p.Blobs)
	}
	return ""
}

// Sweep carries out a plan. It returns the number of blobs that went to the trash or were deleted, also
// after an error. What it has swept is recorded even if ctx ends.
func (s *Sweeper) Sweep(ctx context.Context, p *Plan) (count int, err error) {
	swept, err := s.Blobs.Sweep(ctx, p.SweepPlan)
	ctx = context.WithoutCancel(ctx)
	for chunk := range slices.Chunk(swept, 500) {
		err = errors.Join(err, s.Store.DeleteReleases(ctx, digestTexts(chunk)))
	}
	return len(swept), errors.Join(err, s.Store.DeleteRevokedReleases(ctx), s.Store.RecordSweep(ctx))
}

// uses implements blob.Uses.
func (s *Sweeper) uses(ctx context.Context, digests []blob.Digest) (map[blob.Digest]blob.Use, error) {
	stored, err := s.Store.BlobUses(ctx, digestTexts(digests))
	if err != nil {
		return nil, err
	}
	uses := make(map[blob.Digest]blob.Use, len(stored))
	for _, d := range digests {
		switch stored[d.String()] {
		case db.BlobReferenced:
			uses[d] = blob.Referenced
		case db.BlobReplaced:
			uses[d] = blob.Replaced
		case db.BlobPurged:
			uses[d] = blob.Purged
		}
	}
	return uses, nil
}

func digestTexts(digests []blob.Digest) []string {
	texts := make([]string, len(digests))
	for i, d := range digests {
		texts[i] = d.String()
	}
	return texts
}
