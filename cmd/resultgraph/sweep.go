package main

import (
	"context"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/blob"
)

// spared is how long a blob that no row names is kept: far longer than the time between
// storing a bundle and writing its row.
const spared = 24 * time.Hour

// sweep removes what replaced and deleted bundles left in the blob store.
func sweep(ctx context.Context, store *db.Store, blobs blob.Store) (removed int, err error) {
	return blobs.Sweep(ctx, time.Now().Add(-spared), func(ctx context.Context, digests []blob.Digest) (map[blob.Digest]bool, error) {
		sums := make([]string, len(digests))
		for i, d := range digests {
			sums[i] = d.String()
		}
		stored, err := store.StoredBundles(ctx, sums)
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

// sweepDaily purges and sweeps now and then once a day, until ctx is done.
func (s *site) sweepDaily(ctx context.Context) {
	day := time.NewTicker(24 * time.Hour)
	defer day.Stop()
	for {
		purged, err := s.settings.purge(ctx, s.store, time.Now())
		switch {
		case err != nil && ctx.Err() == nil:
			s.log.WarnContext(ctx, "old bundles were not purged", "error", err)
		case purged > 0:
			s.log.InfoContext(ctx, "purged old bundles", "count", purged)
		}
		removed, err := sweep(ctx, s.store, s.blobs)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.log.WarnContext(ctx, "bundles that nothing names were not removed", "error", err)
		case removed > 0:
			s.log.InfoContext(ctx, "removed bundles that nothing names", "count", removed)
		}
		select {
		case <-ctx.Done():
			return
		case <-day.C:
		}
	}
}
