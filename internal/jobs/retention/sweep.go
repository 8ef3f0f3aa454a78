package retention

import (
	"context"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/blob"
)

// gracePeriod is how long an unreferenced blob is kept. It is far longer than the time
// between storing a bundle and inserting its row.
const gracePeriod = 24 * time.Hour

// sweep deletes old blobs that no bundle references. The bundles of these blobs were replaced or
// purged.
func sweep(ctx context.Context, store *db.Store, blobs blob.Store) (deleted int, err error) {
	return blobs.Sweep(ctx, time.Now().Add(-gracePeriod), func(ctx context.Context, digests []blob.Digest) (map[blob.Digest]bool, error) {
		sums := make([]string, len(digests))
		for i, d := range digests {
			sums[i] = d.String()
		}
		stored, err := store.ReferencedBundles(ctx, sums)
		if err != nil {
			return nil, err
		}
		referenced := make(map[blob.Digest]bool, len(stored))
		for _, d := range digests {
			referenced[d] = stored[d.String()]
		}
		return referenced, nil
	})
}
