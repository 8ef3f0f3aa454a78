package change

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// UpdateCourse writes what Canvas calls a course, which is valid then, and nothing else of it.
func (c *Tx) UpdateCourse(ctx context.Context, id int64, code, name string) error {
	_, err := c.tx.NewUpdate().Table("course").Set("code = ?, name = ?, valid = TRUE", code, name).Where("id = ?", id).Exec(ctx)
	return err
}

// InvalidateCourse notes that Canvas does not have a course any more, and so takes no
// submissions for its assignments: they can be refreshed on demand, should it come back.
func (c *Tx) InvalidateCourse(ctx context.Context, id int64) error {
	_, err := c.tx.NewUpdate().Table("course").Set("valid = FALSE").Where("id = ?", id).Exec(ctx)
	if err != nil {
		return err
	}
	_, err = c.tx.NewUpdate().Table("assignment").Set("active = FALSE").Where("course_id = ? AND active", id).Exec(ctx)
	return err
}

// RenameAssignment writes what Canvas calls an assignment.
func (c *Tx) RenameAssignment(ctx context.Context, k db.AssignmentKey, name string) error {
	_, err := c.tx.NewUpdate().Table("assignment").Set("name = ?", name).Where("course_id = ? AND id = ?", k.CourseID, k.ID).Exec(ctx)
	return err
}

// DeactivateAssignment notes that Canvas takes no more submissions for an assignment.
func (c *Tx) DeactivateAssignment(ctx context.Context, k db.AssignmentKey) error {
	_, err := c.tx.NewUpdate().Table("assignment").Set("active = FALSE").Where("course_id = ? AND id = ?", k.CourseID, k.ID).Exec(ctx)
	return err
}

// ReplaceEnrollments makes items all the enrollments of a course, and returns how many came
// and went.
func ReplaceEnrollments(ctx context.Context, s *db.Store, course int64, items []*db.Enrollment) (came, went int, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		came, went = 0, 0
		var before []*db.Enrollment
		if err := lockCourse(ctx, tx, course); err != nil {
			return err
		}
		if err := tx.NewSelect().Model(&before).Where("course_id = ?", course).Scan(ctx); err != nil {
			return err
		}
		there, wanted := map[db.EnrollmentKey]bool{}, map[db.EnrollmentKey]bool{}
		for _, e := range before {
			there[e.Key()] = true
		}
		var fresh []*db.Enrollment
		for _, e := range items {
			if k := e.Key(); !wanted[k] {
				if wanted[k] = true; !there[k] {
					fresh = append(fresh, e)
				}
			}
		}
		for _, e := range before {
			if wanted[e.Key()] {
				continue
			}
			_, err := tx.NewDelete().Model((*db.Enrollment)(nil)).
				Where("course_id = ? AND user_id = ? AND role = ? AND coalesce(section_id, 0) = ?", course, e.UserID, e.Role, e.Key().SectionID).Exec(ctx)
			if err != nil {
				return err
			}
			went++
		}
		came = len(fresh)
		return query.Insert(ctx, tx, fresh)
	})
	if err != nil {
		return 0, 0, fmt.Errorf("bring the enrollments of course %d up to date: %w", course, err)
	}
	return came, went, nil
}

// lockCourse keeps others from syncing a course until the end of the transaction.
func lockCourse(ctx context.Context, tx bun.Tx, course int64) error {
	q := tx.NewSelect().Table("course").Column("id").Where("id = ?", course)
	if query.IsPostgres(tx) {
		q.For("NO KEY UPDATE")
	}
	var id int64
	return q.Scan(ctx, &id)
}
