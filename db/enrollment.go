package db

import (
	"context"

	"github.com/uptrace/bun"
)

// An Enrollment gives a person a role in a course, perhaps in one section of it.
type Enrollment struct {
	bun.BaseModel `bun:"table:enrollment,alias:e"`

	CourseID  int64  `bun:"course_id"`
	UserID    int64  `bun:"user_id"`
	Role      Role   `bun:"role"`
	SectionID *int64 `bun:"section_id"`
}

// enrollmentKey is what tells enrollments apart; no section is section 0.
type enrollmentKey struct {
	course, user, section int64
	role                  Role
}

func (e *Enrollment) key() enrollmentKey {
	k := enrollmentKey{course: e.CourseID, user: e.UserID, role: e.Role}
	if e.SectionID != nil {
		k.section = *e.SectionID
	}
	return k
}

// PutEnrollments writes enrollments that are not there yet.
func (s *Store) PutEnrollments(ctx context.Context, items []*Enrollment) ([]Change, error) {
	changes := make([]Change, len(items))
	err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
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
