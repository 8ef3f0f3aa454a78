package db

import (
	"context"

	"github.com/uptrace/bun"
)

// Empty tells whether the store has no accounts, and so nothing at all.
func (s *Store) Empty(ctx context.Context) (bool, error) {
	some, err := s.db.NewSelect().Table("account").Exists(ctx)
	return !some, wrap(err)
}

// AllCourseIDs returns the ids of all courses, for operators.
func (s *Store) AllCourseIDs(ctx context.Context) ([]int64, error) {
	var ids []int64
	err := s.db.NewSelect().Table("course").Column("id").Order("id").Scan(ctx, &ids)
	return ids, wrap(err)
}

// StoredBundles tells which of some SHA-256 sums, in hexadecimal, are of bundles that
// rows name.
func (s *Store) StoredBundles(ctx context.Context, sums []string) (map[string]bool, error) {
	var found []string
	err := s.db.NewSelect().Table("bundle").ColumnExpr("DISTINCT sha256").
		Where("sha256 IN (?)", bun.List(sums)).Scan(ctx, &found)
	if err != nil {
		return nil, wrap(err)
	}
	stored := make(map[string]bool, len(found))
	for _, sum := range found {
		stored[sum] = true
	}
	return stored, nil
}
