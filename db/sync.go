package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// A SyncTarget is an assignment that is to be brought up to date with Canvas.
type SyncTarget struct {
	Course     *Course
	Assignment *Assignment
}

// SyncTarget reads an assignment and its course. It fails with fault.NotFound.
func (s *Store) SyncTarget(ctx context.Context, k AssignmentKey) (*SyncTarget, error) {
	t := &SyncTarget{Course: &Course{}, Assignment: &Assignment{}}
	err := s.db.NewSelect().Model(t.Assignment).Where("course_id = ? AND id = ?", k.CourseID, k.ID).Scan(ctx)
	if err == nil {
		err = s.db.NewSelect().Model(t.Course).Where("id = ?", k.CourseID).Scan(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("read assignment %d: %w", k.ID, wrap(err))
	}
	return t, nil
}

// DueAssignments returns the assignments that are kept up to date with Canvas: active ones
// of active courses that may be changed, in accounts whose Canvas is set up.
func (s *Store) DueAssignments(ctx context.Context) ([]AssignmentKey, error) {
	var due []AssignmentKey
	err := s.db.NewSelect().TableExpr("assignment AS g").ColumnExpr("g.course_id, g.id").
		Join("JOIN course AS c ON c.id = g.course_id").Join("JOIN canvas_access AS ca ON ca.account_id = c.account_id").
		Where("g.active AND c.active AND c.valid AND NOT c.readonly").Order("g.course_id", "g.id").Scan(ctx, &due)
	if err != nil {
		return nil, fmt.Errorf("read which assignments are active: %w", wrap(err))
	}
	return due, nil
}

// FailingAccounts returns the accounts whose Canvas could not be reached last time.
func (s *Store) FailingAccounts(ctx context.Context) (ids []int64, err error) {
	err = s.db.NewSelect().Model((*CanvasAccess)(nil)).Column("account_id").Where("failure IS NOT NULL").Order("account_id").Scan(ctx, &ids)
	return ids, wrap(err)
}

// SetCourse writes what Canvas calls a course, which is valid then, and nothing else of it.
func (c *Changing) SetCourse(ctx context.Context, id int64, code, name string) error {
	_, err := c.tx.NewUpdate().Table("course").Set("code = ?, name = ?, valid = TRUE", code, name).Where("id = ?", id).Exec(ctx)
	return err
}

// InvalidateCourse notes that Canvas does not have a course any more, and so takes no
// submissions for its assignments: they can be refreshed on demand, should it come back.
func (c *Changing) InvalidateCourse(ctx context.Context, id int64) error {
	_, err := c.tx.NewUpdate().Table("course").Set("valid = FALSE").Where("id = ?", id).Exec(ctx)
	if err != nil {
		return err
	}
	_, err = c.tx.NewUpdate().Table("assignment").Set("active = FALSE").Where("course_id = ? AND active", id).Exec(ctx)
	return err
}

// NameAssignment writes what Canvas calls an assignment.
func (c *Changing) NameAssignment(ctx context.Context, k AssignmentKey, name string) error {
	_, err := c.tx.NewUpdate().Table("assignment").Set("name = ?", name).Where("course_id = ? AND id = ?", k.CourseID, k.ID).Exec(ctx)
	return err
}

// CloseAssignment notes that Canvas takes no more submissions for an assignment.
func (c *Changing) CloseAssignment(ctx context.Context, k AssignmentKey) error {
	_, err := c.tx.NewUpdate().Table("assignment").Set("active = FALSE").Where("course_id = ? AND id = ?", k.CourseID, k.ID).Exec(ctx)
	return err
}

// SyncEnrollments makes items all the enrollments of a course, and returns how many came
// and went.
func (s *Store) SyncEnrollments(ctx context.Context, course int64, items []*Enrollment) (came, went int, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		came, went = 0, 0
		var before []*Enrollment
		if err := lockCourse(ctx, tx, course); err != nil {
			return err
		}
		if err := tx.NewSelect().Model(&before).Where("course_id = ?", course).Scan(ctx); err != nil {
			return err
		}
		there, wanted := map[enrollmentKey]bool{}, map[enrollmentKey]bool{}
		for _, e := range before {
			there[e.key()] = true
		}
		var fresh []*Enrollment
		for _, e := range items {
			if k := e.key(); !wanted[k] {
				if wanted[k] = true; !there[k] {
					fresh = append(fresh, e)
				}
			}
		}
		for _, e := range before {
			if wanted[e.key()] {
				continue
			}
			_, err := tx.NewDelete().Model((*Enrollment)(nil)).
				Where("course_id = ? AND user_id = ? AND role = ? AND coalesce(section_id, 0) = ?", course, e.UserID, e.Role, e.key().section).Exec(ctx)
			if err != nil {
				return err
			}
			went++
		}
		came = len(fresh)
		return insert(ctx, tx, fresh)
	})
	if err != nil {
		return 0, 0, fmt.Errorf("bring the enrollments of course %d up to date: %w", course, err)
	}
	return came, went, nil
}

// lockCourse keeps others from syncing a course until the end of the transaction.
func lockCourse(ctx context.Context, tx bun.Tx, course int64) error {
	q := tx.NewSelect().Table("course").Column("id").Where("id = ?", course)
	if isPostgres(tx) {
		q.For("NO KEY UPDATE")
	}
	var id int64
	return q.Scan(ctx, &id)
}

// MeetUsers is PutUsers for people of whom not everything may be seen: a login that is not
// known now stays what it was.
func (s *Store) MeetUsers(ctx context.Context, items []*User) ([]Change, error) {
	changes := make([]Change, len(items))
	err := s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		clear(changes)
		natural := []string{"account_id", "canvas_id"}
		if len(items) == 0 {
			return nil
		}
		before, err := byNatural(ctx, tx, items, natural)
		if err != nil {
			return err
		}
		for _, u := range items {
			if was, ok := before[naturalKey(tableOf[User](tx).FieldMap, natural, u)]; ok && u.LoginID == nil {
				u.LoginID = was.LoginID
			}
		}
		return putIn(ctx, tx, items, changes, natural)
	})
	return changes, err
}
