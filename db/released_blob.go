package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// A BlobUse says what the store knows of a file in the blob store.
type BlobUse int

// The uses of a file. Triggers of the table bundle record in the table released_blob which files were
// replaced or purged, in the transaction that does it.
const (
	BlobUnknown    BlobUse = iota // no bundle refers to it, and none is recorded that did
	BlobReferenced                // a bundle refers to it
	BlobReplaced                  // no bundle refers to it any more, because another file took its place
	BlobPurged                    // no bundle refers to it any more, because it was purged or its result deleted
)

// BlobUses returns the uses of files by their SHA-256 sums in hexadecimal. A sum that is missing in the
// map is BlobUnknown.
func (s *Store) BlobUses(ctx context.Context, sums []string) (map[string]BlobUse, error) {
	var found []struct {
		SHA256 string  `bun:"sha256"`
		Use    BlobUse `bun:"blob_use"`
	}
	err := s.db.NewRaw(`SELECT sha256, ? AS blob_use FROM bundle WHERE sha256 IN (?) GROUP BY sha256
		UNION ALL SELECT sha256, max(CASE WHEN purged THEN ? ELSE ? END) FROM released_blob WHERE sha256 IN (?) GROUP BY sha256`,
		BlobReferenced, bun.List(sums), BlobPurged, BlobReplaced, bun.List(sums)).Scan(ctx, &found)
	if err != nil {
		return nil, fmt.Errorf("find the uses of blobs: %w", query.WrapError(err))
	}
	uses := make(map[string]BlobUse, len(found))
	for _, f := range found {
		if uses[f.SHA256] != BlobReferenced {
			uses[f.SHA256] = f.Use
		}
	}
	return uses, nil
}

// DeleteReleases deletes the records of files that were swept.
func (s *Store) DeleteReleases(ctx context.Context, sums []string) error {
	_, err := s.db.Write(ctx, s.db.NewRaw("DELETE FROM released_blob WHERE sha256 IN (?)", bun.List(sums)))
	if err != nil {
		return fmt.Errorf("delete the records of released blobs: %w", err)
	}
	return nil
}

// DeleteRevokedReleases deletes the records of files that bundles refer to again. If the database lost
// such a bundle later, its file would seem to be purged.
func (s *Store) DeleteRevokedReleases(ctx context.Context) error {
	_, err := s.db.Write(ctx, s.db.NewRaw("DELETE FROM released_blob WHERE EXISTS (SELECT 1 FROM bundle AS bd WHERE bd.sha256 = released_blob.sha256)"))
	if err != nil {
		return fmt.Errorf("delete the records of blobs that are referenced again: %w", err)
	}
	return nil
}

// SampleBlobs returns up to n SHA-256 sums of files that bundles refer to.
func (s *Store) SampleBlobs(ctx context.Context, n int) (sums []string, err error) {
	err = s.db.NewRaw("SELECT sha256 FROM bundle WHERE sha256 IS NOT NULL LIMIT ?", n).Scan(ctx, &sums)
	if err != nil {
		return nil, fmt.Errorf("sample the bundles: %w", query.WrapError(err))
	}
	return sums, nil
}

// A BlobSize is the size that bundles record for a file, by its SHA-256 sum in hexadecimal.
type BlobSize struct {
	SHA256 string `bun:"sha256"`
	Size   int64  `bun:"size"` // bytes
}

// BlobSizes returns the files that bundles refer to and whose sums begin with a prefix.
func (s *Store) BlobSizes(ctx context.Context, prefix string) (sizes []BlobSize, err error) {
	afterDigits := "g" // sorts after all hexadecimal digits
	err = s.db.NewRaw("SELECT DISTINCT sha256, size FROM bundle WHERE sha256 BETWEEN ? AND ?", prefix, prefix+afterDigits).Scan(ctx, &sizes)
	if err != nil {
		return nil, fmt.Errorf("list the files of bundles: %w", query.WrapError(err))
	}
	return sizes, nil
}
