package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// The methods of this file return the ids of rows by their ids in Canvas, for imports and jobs.
// They ignore the rules of visibility.

// AccountIDs returns the ids of all accounts by Canvas GUID.
func (s *Store) AccountIDs(ctx context.Context) (map[string]int64, error) {
	q := s.db.NewSelect().Model((*Account)(nil)).ColumnExpr("canvas_guid AS canvas_key, id")
	return readIDs[string](ctx, q, "accounts")
}

// CourseIDs returns the ids of an account's courses by Canvas id.
func (s *Store) CourseIDs(ctx context.Context, accountID int64) (map[int64]int64, error) {
	q := s.db.NewSelect().Model((*Course)(nil)).ColumnExpr("canvas_id AS canvas_key, id").Where("account_id = ?", accountID)
	return readIDs[int64](ctx, q, "courses")
}

// SectionIDs returns the ids of a course's sections by Canvas id.
func (s *Store) SectionIDs(ctx context.Context, courseID int64) (map[int64]int64, error) {
	q := s.db.NewSelect().Model((*Section)(nil)).ColumnExpr("canvas_id AS canvas_key, id").Where("course_id = ?", courseID)
	return readIDs[int64](ctx, q, "sections")
}

// UserIDs returns the ids of an account's people by Canvas id.
func (s *Store) UserIDs(ctx context.Context, accountID int64) (map[int64]int64, error) {
	q := s.db.NewSelect().Model((*User)(nil)).ColumnExpr("canvas_id AS canvas_key, id").Where("account_id = ?", accountID)
	return readIDs[int64](ctx, q, "people")
}

// AssignmentIDs returns the ids of a course's assignments by Canvas id.
func (s *Store) AssignmentIDs(ctx context.Context, courseID int64) (map[int64]int64, error) {
	q := s.db.NewSelect().Model((*Assignment)(nil)).ColumnExpr("canvas_id AS canvas_key, id").Where("course_id = ?", courseID)
	return readIDs[int64](ctx, q, "assignments")
}

// readIDs runs a query that selects the columns canvas_key and id, and returns the ids by canvas_key. The
// parameter objects describes the rows in errors.
func readIDs[K comparable](ctx context.Context, q *bun.SelectQuery, objects string) (map[K]int64, error) {
	var rows []struct {
		CanvasKey K
		ID        int64
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read the ids of %s: %w", objects, query.WrapError(err))
	}
	ids := make(map[K]int64, len(rows))
	for _, r := range rows {
		ids[r.CanvasKey] = r.ID
	}
	return ids, nil
}

// UserIDsByCanvasID is UserIDs for some Canvas ids only. It ignores unknown Canvas ids.
func (s *Store) UserIDsByCanvasID(ctx context.Context, accountID int64, canvasIDs []int64) (map[int64]int64, error) {
	if len(canvasIDs) == 0 {
		return map[int64]int64{}, nil
	}
	q := s.db.NewSelect().Model((*User)(nil)).ColumnExpr("canvas_id AS canvas_key, id").
		Where("account_id = ? AND canvas_id IN (?)", accountID, bun.List(canvasIDs))
	return readIDs[int64](ctx, q, "people")
}
