package db

import "context"

// AccountGUIDs returns the Canvas GUIDs of all accounts, for operators.
func (s *Store) AccountGUIDs(ctx context.Context) ([]string, error) {
	var guids []string
	err := s.db.NewSelect().Table("account").Column("canvas_guid").Order("id").Scan(ctx, &guids)
	return guids, wrap(err)
}

// AllCourseIDs returns the ids of all courses, for operators.
func (s *Store) AllCourseIDs(ctx context.Context) ([]int64, error) {
	var ids []int64
	err := s.db.NewSelect().Table("course").Column("id").Order("id").Scan(ctx, &ids)
	return ids, wrap(err)
}
