package ingest

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// InsertEnrollments inserts the enrollments that do not exist yet. It deletes no enrollments.
func InsertEnrollments(ctx context.Context, s *db.Store, items []*db.Enrollment) ([]Change, error) {
	changes := make([]Change, len(items))
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		courses := db.DistinctCourses(items, func(e *db.Enrollment) int64 { return e.CourseID })
		if err := db.LockCourses(ctx, tx, courses...); err != nil {
			return err
		}
		existing, err := existingEnrollments(ctx, tx, items)
		if err != nil {
			return err
		}
		var toInsert []*db.Enrollment
		for i, e := range items {
			if !existing[e.Key()] {
				existing[e.Key()] = true
				changes[i] = Created
				toInsert = append(toInsert, e)
			}
		}
		if len(toInsert) == 0 {
			return nil
		}
		_, err = tx.NewInsert().Model(&toInsert).Exec(ctx)
		return err
	})
	return changes, err
}

// existingEnrollments reads all enrollments of the users of items in the courses of items.
func existingEnrollments(ctx context.Context, tx bun.Tx, items []*db.Enrollment) (map[db.EnrollmentKey]bool, error) {
	people := make([]query.Clause, len(items))
	for i, e := range items {
		people[i] = query.SQL("(?, ?)", e.CourseID, e.UserID)
	}
	var rows []*db.Enrollment
	if err := tx.NewSelect().Model(&rows).Where("(course_id, user_id) IN (?)", query.List(people)).Scan(ctx); err != nil {
		return nil, err
	}
	existing := make(map[db.EnrollmentKey]bool, len(rows)+len(items))
	for _, e := range rows {
		existing[e.Key()] = true
	}
	return existing, nil
}
