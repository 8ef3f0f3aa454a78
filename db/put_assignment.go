package db

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// PutAssignment writes an assignment, told apart by course and Canvas id, with its
// recipe and config; nil means none. Others than those of the current revision make
// the next one. Of the bundles the name, format, size and SHA-256 are read; now is when
// they came in.
func (s *Store) PutAssignment(ctx context.Context, g *Assignment, recipe, config *Bundle, now time.Time) (Change, error) {
	changes := make([]Change, 1)
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		clear(changes)
		current, err := currentRevision(ctx, tx, g)
		if err != nil {
			return err
		}
		g.Revision = nil
		if current != nil {
			g.Revision = &current.Number
		}
		same, err := sameConfiguration(ctx, tx, current, recipe, config)
		if err != nil {
			return err
		}
		if !same {
			next := 1
			if current != nil {
				next = current.Number + 1
			}
			g.Revision = &next
		}
		if err := putIn(ctx, tx, []*Assignment{g}, changes, []string{"course_id", "canvas_id"}); err != nil || same {
			return err
		}
		return insertRevision(ctx, tx, g, recipe, config, now)
	})
	return changes[0], err
}

// sameConfiguration tells whether a revision has these bundles. No revision has none.
func sameConfiguration(ctx context.Context, tx bun.Tx, v *Revision, recipe, config *Bundle) (bool, error) {
	if v == nil {
		return recipe == nil && config == nil, nil
	}
	for _, pair := range []struct {
		id   *int64
		want *Bundle
	}{{v.RecipeID, recipe}, {v.ConfigID, config}} {
		if (pair.id == nil) != (pair.want == nil) {
			return false, nil
		}
		if pair.id == nil {
			continue
		}
		var b Bundle
		if err := tx.NewSelect().Model(&b).Where("course_id = ? AND id = ?", v.CourseID, *pair.id).Scan(ctx); err != nil {
			return false, err
		}
		if !b.SameFile(pair.want) {
			return false, nil
		}
	}
	return true, nil
}

func insertRevision(ctx context.Context, tx bun.Tx, g *Assignment, recipe, config *Bundle, now time.Time) error {
	v := &Revision{CourseID: g.CourseID, AssignmentID: g.MomotorID, Number: *g.Revision, CreatedAt: now}
	for _, part := range []struct {
		kind BundleKind
		b    *Bundle
		id   **int64
	}{{BundleRecipe, recipe, &v.RecipeID}, {BundleConfig, config, &v.ConfigID}} {
		if part.b == nil {
			continue
		}
		id, err := take(ctx, tx, counterID, 1)
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
