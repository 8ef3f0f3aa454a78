package change

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// The methods of this file do not touch rows that do not change, so that the version of a course rises
// only when there is something new to read.

// UpdateCourse updates the code and name of a course and marks it as valid.
func (t *Tx) UpdateCourse(ctx context.Context, id int64, code, name string) error {
	_, err := t.tx.NewUpdate().Table("course").Set("code = ?, name = ?, valid = TRUE", code, name).
		Where("id = ? AND NOT (code = ? AND name = ? AND valid)", id, code, name).Exec(ctx)
	return err
}

// InvalidateCourse marks a course that Canvas no longer has as invalid, and its assignments as
// inactive. They can still be refreshed on demand, which succeeds if the course exists again.
func (t *Tx) InvalidateCourse(ctx context.Context, id int64) error {
	if err := db.LockCourses(ctx, t.tx, id); err != nil {
		return err
	}
	_, err := t.tx.NewUpdate().Table("course").Set("valid = FALSE").Where("id = ? AND valid", id).Exec(ctx)
	if err != nil {
		return err
	}
	_, err = t.tx.NewUpdate().Table("assignment").Set("active = FALSE").Where("course_id = ? AND active", id).Exec(ctx)
	return err
}

// RenameAssignment updates the name of an assignment.
func (t *Tx) RenameAssignment(ctx context.Context, k db.AssignmentKey, name string) error {
	if err := db.LockCourses(ctx, t.tx, k.CourseID); err != nil {
		return err
	}
	_, err := t.tx.NewUpdate().Table("assignment").Set("name = ?", name).
		Where("course_id = ? AND id = ? AND name <> ?", k.CourseID, k.ID, name).Exec(ctx)
	return err
}

// DeactivateAssignment records that Canvas accepts no more submissions for an assignment.
func (t *Tx) DeactivateAssignment(ctx context.Context, k db.AssignmentKey) error {
	if err := db.LockCourses(ctx, t.tx, k.CourseID); err != nil {
		return err
	}
	_, err := t.tx.NewUpdate().Table("assignment").Set("active = FALSE").
		Where("course_id = ? AND id = ? AND active", k.CourseID, k.ID).Exec(ctx)
	return err
}

// ReplaceEnrollments makes items the only enrollments of a course, and returns the numbers of
// added and removed enrollments.
func ReplaceEnrollments(ctx context.Context, s *db.Store, course int64, items []*db.Enrollment) (added, removed int, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		added, removed = 0, 0
		var before []*db.Enrollment
		if err := db.LockCourses(ctx, tx, course); err != nil {
			return err
		}
		if err := tx.NewSelect().Model(&before).Where("course_id = ?", course).Scan(ctx); err != nil {
			return err
		}
		existing, wanted := map[db.EnrollmentKey]bool{}, map[db.EnrollmentKey]bool{}
		for _, e := range before {
			existing[e.Key()] = true
		}
		var toInsert []*db.Enrollment
		for _, e := range items {
			if k := e.Key(); !wanted[k] {
				if wanted[k] = true; !existing[k] {
					toInsert = append(toInsert, e)
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
			removed++
		}
		added = len(toInsert)
		return query.Insert(ctx, tx, toInsert)
	})
	if err != nil {
		return 0, 0, fmt.Errorf("replace the enrollments of course %d: %w", course, err)
	}
	return added, removed, nil
}
