package db

import (
	"context"
	"fmt"
	"strconv"

	"github.com/momotor/resultgraph/db/query"
)

// IsEmpty reports whether the store has no account. Then it has no other data either.
func (s *Store) IsEmpty(ctx context.Context) (bool, error) {
	exists, err := s.db.NewSelect().Table("account").Exists(ctx)
	return !exists, query.WrapError(err)
}

// ListCourseIDs returns the ids of all courses.
func (s *Store) ListCourseIDs(ctx context.Context) ([]int64, error) {
	var ids []int64
	err := s.db.NewSelect().Table("course").Column("id").Order("id").Scan(ctx, &ids)
	return ids, query.WrapError(err)
}

// FindAccount returns the account whose Momotor id is name or, if there is none, whose Canvas GUID
// is name. It fails with fault.NotFound if there is no such account.
func (s *Store) FindAccount(ctx context.Context, name string) (*Account, error) {
	var found []*Account
	q := s.db.NewSelect().Model(&found).Where("canvas_guid = ?", name)
	if id, err := strconv.ParseInt(name, 10, 64); err == nil {
		q.WhereOr("id = ?", id).OrderExpr("id <> ?", id)
	}
	err := q.Scan(ctx)
	a, err := query.Single(found, err)
	if err != nil {
		return nil, fmt.Errorf("find account %s: %w", name, query.WrapError(err))
	}
	return a, nil
}

// A ListedAccount is an account with its Canvas access.
type ListedAccount struct {
	*Account
	Access *CanvasAccess // nil if it is not set up
}

// ListAccounts returns all accounts by id.
func (s *Store) ListAccounts(ctx context.Context) ([]ListedAccount, error) {
	var accounts []*Account
	if err := s.db.NewSelect().Model(&accounts).Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list the accounts: %w", query.WrapError(err))
	}
	var accesses []*CanvasAccess
	if err := s.db.NewSelect().Model(&accesses).Scan(ctx); err != nil {
		return nil, fmt.Errorf("list the Canvas access of the accounts: %w", query.WrapError(err))
	}
	byID := make(map[int64]*CanvasAccess, len(accesses))
	for _, a := range accesses {
		byID[a.AccountID] = a
	}
	listed := make([]ListedAccount, len(accounts))
	for i, a := range accounts {
		listed[i] = ListedAccount{a, byID[a.MomotorID]}
	}
	return listed, nil
}

// LoadAccount returns the account with an id. It fails with fault.NotFound if there is none.
func (s *Store) LoadAccount(ctx context.Context, id int64) (*Account, error) {
	a := &Account{}
	if err := s.db.NewSelect().Model(a).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read account %d: %w", id, query.WrapError(err))
	}
	return a, nil
}

// FindCourseID returns the id of the course with a Canvas id in an account. It fails with
// fault.NotFound if there is none.
func (s *Store) FindCourseID(ctx context.Context, accountID, canvasID int64) (int64, error) {
	rows, err := AccountCourses.Load(ctx, s.db, query.SystemScope(), []query.Key{{accountID}}, query.Params{Filter: CourseWithCanvasID(canvasID)})
	if err != nil {
		return 0, err
	}
	c, err := query.Single(rows[0], nil)
	if err != nil {
		return 0, fmt.Errorf("find course %d of account %d: %w", canvasID, accountID, err)
	}
	return c.MomotorID, nil
}
