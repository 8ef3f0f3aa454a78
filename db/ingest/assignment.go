package ingest

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
)

// UpsertAssignment writes an assignment, identified by course and Canvas id, with its recipe and
// config; nil means none. Files that differ from those of the current revision create the next
// one. Of the bundles the name, format, size and SHA-256 are used; now is the time of their
// import.
func UpsertAssignment(ctx context.Context, s *db.Store, g *db.Assignment, recipe, config *db.Bundle, now time.Time) (Change, error) {
	changes := make([]Change, 1)
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		clear(changes)
		current, err := db.CurrentRevision(ctx, tx, g)
		if err != nil {
			return err
		}
		g.Revision = nil
		if current.Number > 0 {
			g.Revision = &current.Number
		}
		same, err := hasBundles(ctx, tx, current, recipe, config)
		if err != nil {
			return err
		}
		if !same {
			g.Revision = new(current.Number + 1)
		}
		if err := upsertNatural(ctx, tx, []*db.Assignment{g}, changes, []string{"course_id", "canvas_id"}); err != nil || same {
			return err
		}
		return insertRevision(ctx, tx, g, recipe, config, now)
	})
	return changes[0], err
}

// hasBundles reports whether a revision has exactly these bundles.
func hasBundles(ctx context.Context, tx bun.Tx, v *db.Revision, recipe, config *db.Bundle) (bool, error) {
	for _, pair := range []struct {
		id   *int64
		want *db.Bundle
	}{{v.RecipeID, recipe}, {v.ConfigID, config}} {
		if (pair.id == nil) != (pair.want == nil) {
			return false, nil
		}
		if pair.id == nil {
			continue
		}
		var b db.Bundle
		if err := tx.NewSelect().Model(&b).Where("course_id = ? AND id = ?", v.CourseID, *pair.id).Scan(ctx); err != nil {
			return false, err
		}
		if !b.SameFile(pair.want) {
			return false, nil
		}
	}
	return true, nil
}

// insertRevision inserts the revision g.Revision with its bundles.
func insertRevision(ctx context.Context, tx bun.Tx, g *db.Assignment, recipe, config *db.Bundle, now time.Time) error {
	v := &db.Revision{CourseID: g.CourseID, AssignmentID: g.MomotorID, Number: *g.Revision, CreatedAt: now}
	for _, part := range []struct {
		kind db.BundleKind
		b    *db.Bundle
		id   **int64
	}{{db.BundleRecipe, recipe, &v.RecipeID}, {db.BundleConfig, config, &v.ConfigID}} {
		if part.b == nil {
			continue
		}
		id, err := db.Reserve(ctx, tx, db.IDCounter, 1)
		if err != nil {
			return err
		}
		part.b.CourseID, part.b.MomotorID, part.b.Kind, part.b.CreatedAt = g.CourseID, id, part.kind, now
		if _, err := tx.NewInsert().Model(part.b).Exec(ctx); err != nil {
			return err
		}
		*part.id = &id
	}
	_, err := tx.NewInsert().Model(v).Exec(ctx)
	return err
}
