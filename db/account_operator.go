package db

import (
	"context"
	"fmt"
	"strconv"
)

// AccountNamed returns the account with a Momotor id, which is tried first, or a Canvas
// GUID, for operators. It fails with fault.NotFound.
func (s *Store) AccountNamed(ctx context.Context, name string) (*Account, error) {
	var found []*Account
	q := s.db.NewSelect().Model(&found).Where("canvas_guid = ?", name)
	if id, err := strconv.ParseInt(name, 10, 64); err == nil {
		q.WhereOr("id = ?", id).OrderExpr("id <> ?", id)
	}
	err := q.Scan(ctx)
	a, err := one(found, err)
	if err != nil {
		return nil, fmt.Errorf("account %s: %w", name, wrap(err))
	}
	return a, nil
}

// A ListedAccount is an account with how its Canvas is reached.
type ListedAccount struct {
	*Account
	Access *CanvasAccess // nil when that is not set up
}

// ListAccounts returns all accounts by their ids, for operators.
func (s *Store) ListAccounts(ctx context.Context) ([]ListedAccount, error) {
	var accounts []*Account
	if err := s.db.NewSelect().Model(&accounts).Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list the accounts: %w", wrap(err))
	}
	var ways []*CanvasAccess
	if err := s.db.NewSelect().Model(&ways).Scan(ctx); err != nil {
		return nil, fmt.Errorf("list how Canvas is reached: %w", wrap(err))
	}
	byID := make(map[int64]*CanvasAccess, len(ways))
	for _, a := range ways {
		byID[a.AccountID] = a
	}
	listed := make([]ListedAccount, len(accounts))
	for i, a := range accounts {
		listed[i] = ListedAccount{a, byID[a.MomotorID]}
	}
	return listed, nil
}

// Account returns an account, for work that no caller asks for. It fails with
// fault.NotFound.
func (s *Store) Account(ctx context.Context, id int64) (*Account, error) {
	a := &Account{}
	if err := s.db.NewSelect().Model(a).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read account %d: %w", id, wrap(err))
	}
	return a, nil
}
