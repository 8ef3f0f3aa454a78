package db

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/internal/fault"
)

// The directory translates the names that Canvas gives into the ids of the store, for
// whoever writes. It sees all rows.

// AccountIDs returns the ids of all accounts by Canvas GUID.
func (s *Store) AccountIDs(ctx context.Context) (map[string]int64, error) {
	q := s.db.NewSelect().Model((*Account)(nil)).ColumnExpr("canvas_guid AS name, id")
	return directory[string](ctx, q, "accounts")
}

// CourseIDs returns the ids of an account's courses by Canvas id.
func (s *Store) CourseIDs(ctx context.Context, accountID int64) (map[int64]int64, error) {
	q := s.db.NewSelect().Model((*Course)(nil)).ColumnExpr("canvas_id AS name, id").Where("account_id = ?", accountID)
	return directory[int64](ctx, q, "courses")
}

// SectionIDs returns the ids of a course's sections by Canvas id.
func (s *Store) SectionIDs(ctx context.Context, courseID int64) (map[int64]int64, error) {
	q := s.db.NewSelect().Model((*Section)(nil)).ColumnExpr("canvas_id AS name, id").Where("course_id = ?", courseID)
	return directory[int64](ctx, q, "sections")
}

// UserIDs returns the ids of an account's people by Canvas id.
func (s *Store) UserIDs(ctx context.Context, accountID int64) (map[int64]int64, error) {
	q := s.db.NewSelect().Model((*User)(nil)).ColumnExpr("canvas_id AS name, id").Where("account_id = ?", accountID)
	return directory[int64](ctx, q, "people")
}

// AssignmentIDs returns the ids of a course's assignments by Canvas id.
func (s *Store) AssignmentIDs(ctx context.Context, courseID int64) (map[int64]int64, error) {
	q := s.db.NewSelect().Model((*Assignment)(nil)).ColumnExpr("canvas_id AS name, id").Where("course_id = ?", courseID)
	return directory[int64](ctx, q, "assignments")
}

func directory[K comparable](ctx context.Context, q *bun.SelectQuery, what string) (map[K]int64, error) {
	var rows []struct {
		Name K
		ID   int64
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read the ids of %s: %w", what, wrap(err))
	}
	ids := make(map[K]int64, len(rows))
	for _, r := range rows {
		ids[r.Name] = r.ID
	}
	return ids, nil
}

// RecipeSHA256 returns under which SHA-256 the recipe of an assignment's current
// revision lies. It fails with fault.NotFound when there is no recipe.
func (s *Store) RecipeSHA256(ctx context.Context, courseID, assignmentID int64) (string, error) {
	rows, err := AssignmentRecipe.Load(ctx, s, itself, []Key{{courseID, assignmentID}}, Params{})
	if err != nil {
		return "", err
	}
	b, err := one(rows[0], nil)
	if err == nil && b.Purged() {
		err = fault.NotFound
	}
	if err != nil {
		return "", fmt.Errorf("the recipe of assignment %d: %w", assignmentID, err)
	}
	return *b.SHA256, nil
}
