package db

import (
	"context"

	"github.com/uptrace/bun"
)

// PutEnrollments writes enrollments that are not there yet.
func (s *Store) PutEnrollments(ctx context.Context, items []*Enrollment) ([]Change, error) {
	changes := make([]Change, len(items))
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		clear(changes)
		there, err := enrolled(ctx, tx, items)
		if err != nil {
			return err
		}
		var fresh []*Enrollment
		for i, e := range items {
			if !there[e.key()] {
				there[e.key()] = true
				changes[i] = Created
				fresh = append(fresh, e)
			}
		}
		if len(fresh) == 0 {
			return nil
		}
		_, err = tx.NewInsert().Model(&fresh).Exec(ctx)
		return err
	})
	return changes, err
}

// enrolled reads the enrollments of the people of items.
func enrolled(ctx context.Context, tx bun.Tx, items []*Enrollment) (map[enrollmentKey]bool, error) {
	people := make([]Clause, len(items))
	for i, e := range items {
		people[i] = clause("(?, ?)", e.CourseID, e.UserID)
	}
	var rows []*Enrollment
	if err := tx.NewSelect().Model(&rows).Where("(course_id, user_id) IN (?)", list(people)).Scan(ctx); err != nil {
		return nil, err
	}
	there := make(map[enrollmentKey]bool, len(rows)+len(items))
	for _, e := range rows {
		there[e.key()] = true
	}
	return there, nil
}
