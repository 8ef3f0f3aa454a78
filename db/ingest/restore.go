package ingest

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// The functions of this file write the items of an export to the new store, with the ids and numbers that
// they had. An item that exists was written before an interruption, and stays as it is.

// RestoreAssignments writes assignments with all columns, including those that only a refresh writes. Their
// revisions are written later.
func RestoreAssignments(ctx context.Context, s *db.Store, items []*db.Assignment) ([]Change, error) {
	changes := make([]Change, len(items))
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := db.LockCourses(ctx, tx, db.DistinctCourses(items, func(a *db.Assignment) int64 { return a.CourseID })...); err != nil {
			return err
		}
		if err := upsertByNaturalKey(ctx, s, tx, items, changes, []string{"course_id", "canvas_id"}); err != nil {
			return err
		}
		for _, a := range items {
			_, err := tx.NewUpdate().Model(a).WherePK().
				Set("refreshed_at = ?, canvas_published = ?", a.RefreshedAt, a.CanvasPublished).
				Set("group_category_id = ?, group_graded_separately = ?", a.GroupCategoryID, a.GroupGradedSeparately).Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return changes, err
}

// RestoreAPIKeys writes API keys with the times of their last use.
func RestoreAPIKeys(ctx context.Context, s *db.Store, items []*db.APIKeyItem) ([]Change, error) {
	changes, err := UpsertAPIKeys(ctx, s, items)
	for _, item := range items {
		if err == nil && item.LastUsedAt != nil {
			err = s.RecordKeyUse(ctx, []int64{item.Key.MomotorID}, *item.LastUsedAt)
		}
	}
	return changes, err
}

// RestoreResults writes results with their steps and members. Their bundles are written later.
func RestoreResults(ctx context.Context, s *db.Store, items []*ResultItem) ([]Change, error) {
	changes := make([]Change, len(items))
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := db.LockCourses(ctx, tx, db.DistinctCourses(items, func(r *ResultItem) int64 { return r.Result.CourseID })...); err != nil {
			return err
		}
		created, err := newResults(ctx, tx, items, changes)
		if err != nil || len(created) == 0 {
			return err
		}
		return insertResults(ctx, tx, created)
	})
	return changes, err
}

// newResults returns the results whose ids do not exist, and sets their changes.
func newResults(ctx context.Context, tx bun.Tx, items []*ResultItem, changes []Change) ([]*ResultItem, error) {
	ids := make([]query.Clause, len(items))
	for i, item := range items {
		ids[i] = query.SQL("(?, ?)", item.Result.CourseID, item.Result.MomotorID)
	}
	var existing []int64
	q := tx.NewSelect().Model((*db.Result)(nil)).Column("id").Where("(course_id, id) IN (?)", query.List(ids))
	if err := q.Scan(ctx, &existing); err != nil {
		return nil, err
	}
	var created []*ResultItem
	for i, item := range items {
		if !slices.Contains(existing, item.Result.MomotorID) {
			changes[i] = Created
			created = append(created, item)
		}
	}
	return created, nil
}

// insertResults inserts results with their parts, and counts them.
func insertResults(ctx context.Context, tx bun.Tx, items []*ResultItem) error {
	counts := newResultCounts()
	var rows changedRows
	for _, item := range items {
		r := &item.Result
		for _, s := range item.Steps {
			s.CourseID, s.ResultID = r.CourseID, r.MomotorID
		}
		counts.of(r).Total++
		if r.IsLatest {
			counts.add(r, item.Steps)
		}
		item.isNew = true
		rows.add(item)
	}
	if err := counts.save(ctx, tx); err != nil {
		return err
	}
	if err := rows.insert(ctx, tx); err != nil {
		return err
	}
	for _, item := range items {
		if item.EngineJob == nil {
			continue
		}
		if _, err := tx.NewUpdate().Model(&item.Result).WherePK().Set("engine_job = ?", item.EngineJob).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
