package db

import (
	"context"
	"fmt"
	"time"
)

// purgeBatch is how many bundles one statement purges, so that nobody waits for long.
const purgeBatch = 1000

// PurgeBundles forgets the files of results' bundles of a kind that came in before a
// moment, and returns how many. That there was a bundle is remembered: who asks for it
// gets fault.Gone. The files themselves go with the next sweep of the blobs.
func (s *Store) PurgeBundles(ctx context.Context, kind BundleKind, before time.Time) (purged int, err error) {
	for {
		res, err := s.db.NewRaw(`UPDATE bundle SET sha256 = NULL WHERE (course_id, id) IN (
			SELECT course_id, id FROM bundle WHERE kind = ? AND created_at < ? AND sha256 IS NOT NULL AND result_id IS NOT NULL
			ORDER BY created_at LIMIT ?)`, kind, before.UTC(), purgeBatch).Exec(ctx)
		if err != nil {
			return purged, fmt.Errorf("purge bundles of kind %s: %w", kind, wrap(err))
		}
		n, err := res.RowsAffected()
		if err != nil {
			return purged, err
		}
		if purged += int(n); n < purgeBatch {
			return purged, nil
		}
	}
}
