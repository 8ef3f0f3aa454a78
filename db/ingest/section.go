package ingest

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// UpsertSections writes sections, identified by account and Canvas id.
func UpsertSections(ctx context.Context, s *db.Store, items []*db.Section) ([]Change, error) {
	changes := make([]Change, len(items))
	if len(items) == 0 {
		return changes, nil
	}
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		keyColumns := []string{"account_id", "canvas_id"}
		if err := lockSections(ctx, tx, items, keyColumns); err != nil {
			return err
		}
		return upsertByNaturalKey(ctx, s, tx, items, changes, keyColumns)
	})
	return changes, err
}

// lockSections locks the courses of sections. A section can move, so these are the stored and the new
// courses.
func lockSections(ctx context.Context, tx bun.Tx, items []*db.Section, keyColumns []string) error {
	stored, err := query.LoadByKey(ctx, tx, items, keyColumns)
	if err != nil {
		return err
	}
	sections := slices.Clone(items)
	for _, section := range stored {
		sections = append(sections, section)
	}
	return db.LockCourses(ctx, tx, db.DistinctCourses(sections, func(z *db.Section) int64 { return z.CourseID })...)
}
