package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/jobs"
)

const day = 24 * time.Hour

// spared is how long a blob that no row names is kept: far longer than the time between
// storing a bundle and writing its row.
const spared = day

// sweep removes what replaced and deleted bundles left in the blob store.
func sweep(ctx context.Context, store *db.Store, blobs blob.Store) (removed int, err error) {
	return blobs.Sweep(ctx, time.Now().Add(-spared), func(ctx context.Context, digests []blob.Digest) (map[blob.Digest]bool, error) {
		sums := make([]string, len(digests))
		for i, d := range digests {
			sums[i] = d.String()
		}
		stored, err := store.ReferencedBundles(ctx, sums)
		if err != nil {
			return nil, err
		}
		used := make(map[blob.Digest]bool, len(stored))
		for _, d := range digests {
			used[d] = stored[d.String()]
		}
		return used, nil
	})
}

// An upkeep does jobs.Purge: it forgets old bundles, and removes what nothing names.
type upkeep struct {
	store *db.Store
	blobs blob.Store
	keep  KeepSettings
	now   func() time.Time
	log   *slog.Logger
}

// Do implements jobs.Verb.
func (u *upkeep) Do(ctx context.Context, _ jobs.Purge) error {
	purged, err := u.keep.purge(ctx, u.store, u.now())
	if purged > 0 {
		u.log.InfoContext(ctx, "purged old bundles", "count", purged)
	}
	removed, failed := sweep(ctx, u.store, u.blobs)
	if removed > 0 {
		u.log.InfoContext(ctx, "removed bundles that nothing names", "count", removed)
	}
	return errors.Join(err, failed)
}

// GiveUp implements jobs.Verb: a day later it is tried again.
func (*upkeep) GiveUp(context.Context, jobs.Purge, error) error { return nil }
