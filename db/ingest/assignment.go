package ingest

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
)

// UpsertAssignment writes an assignment, identified by course and Canvas id, with its recipe and
// config; nil means none. Files that differ from those of the current revision create the next
// revision, with the creation time now. Only the name, format, size and SHA-256 of the bundles are
// used.
func UpsertAssignment(ctx context.Context, s *db.Store, assignment *db.Assignment, recipe, config *db.Bundle, now time.Time) (Change, error) {
	changes := make([]Change, 1)
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := db.LockCourses(ctx, tx, assignment.CourseID); err != nil {
			return err
		}
		if err := keepCanvasSettings(ctx, tx, assignment); err != nil {
			return err
		}
		current, err := db.CurrentRevision(ctx, tx, assignment)
		if err != nil {
			return err
		}
		assignment.Revision = nil
		if current.Number > 0 {
			assignment.Revision = &current.Number
		}
		same, err := hasBundles(ctx, tx, current, recipe, config)
		if err != nil {
			return err
		}
		if !same {
			assignment.Revision = new(current.Number + 1)
		}
		if err := upsertByNaturalKey(ctx, s, tx, []*db.Assignment{assignment}, changes, []string{"course_id", "canvas_id"}); err != nil || same {
			return err
		}
		return insertRevision(ctx, s, tx, assignment, recipe, config, now)
	})
	return changes[0], err
}

// keepCanvasSettings replaces the settings in Canvas that are nil by those that are stored: an import
// without them does not remove what a refresh has read.
func keepCanvasSettings(ctx context.Context, tx bun.Tx, a *db.Assignment) error {
	var stored db.Assignment
	err := tx.NewSelect().Model(&stored).Where("course_id = ? AND canvas_id = ?", a.CourseID, a.CanvasID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	a.GradingType, a.PointsPossible = cmp.Or(a.GradingType, stored.GradingType), cmp.Or(a.PointsPossible, stored.PointsPossible)
	a.DueAt, a.UnlockAt, a.LockAt = cmp.Or(a.DueAt, stored.DueAt), cmp.Or(a.UnlockAt, stored.UnlockAt), cmp.Or(a.LockAt, stored.LockAt)
	a.Position = cmp.Or(a.Position, stored.Position)
	return err
}

// hasBundles reports whether the files of a revision are exactly recipe and config.
func hasBundles(ctx context.Context, tx bun.Tx, revision *db.Revision, recipe, config *db.Bundle) (bool, error) {
	for _, pair := range []struct {
		id   *int64
		want *db.Bundle
	}{{revision.RecipeID, recipe}, {revision.ConfigID, config}} {
		if (pair.id == nil) != (pair.want == nil) {
			return false, nil
		}
		if pair.id == nil {
			continue
		}
		var b db.Bundle
		if err := tx.NewSelect().Model(&b).Where("course_id = ? AND id = ?", revision.CourseID, *pair.id).Scan(ctx); err != nil {
			return false, err
		}
		if !b.SameFile(pair.want) {
			return false, nil
		}
	}
	return true, nil
}

// insertRevision inserts the revision with the number assignment.Revision, and its bundles.
func insertRevision(ctx context.Context, s *db.Store, tx bun.Tx, assignment *db.Assignment, recipe, config *db.Bundle, now time.Time) error {
	revision := &db.Revision{CourseID: assignment.CourseID, AssignmentID: assignment.MomotorID, Number: *assignment.Revision, CreatedAt: now}
	for _, part := range []struct {
		kind db.BundleKind
		b    *db.Bundle
		id   **int64
	}{{db.BundleRecipe, recipe, &revision.RecipeID}, {db.BundleConfig, config, &revision.ConfigID}} {
		if part.b == nil {
			continue
		}
		id, err := s.ReserveIDs(ctx, tx, 1)
		if err != nil {
			return err
		}
		part.b.CourseID, part.b.MomotorID, part.b.Kind, part.b.CreatedAt = assignment.CourseID, id, part.kind, now
		if _, err := tx.NewInsert().Model(part.b).Exec(ctx); err != nil {
			return err
		}
		*part.id = &id
	}
	_, err := tx.NewInsert().Model(revision).Exec(ctx)
	return err
}
