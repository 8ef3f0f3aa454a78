package db

import "context"

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

