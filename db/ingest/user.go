package ingest

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// UpsertUsersKeepLogin is UpsertUsers for sources that may not know the logins of people: a nil
// LoginID does not change the stored one.
func UpsertUsersKeepLogin(ctx context.Context, s *db.Store, items []*db.User) ([]Change, error) {
	changes := make([]Change, len(items))
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		keyColumns := []string{"account_id", "canvas_id"}
		if len(items) == 0 {
			return nil
		}
		before, err := query.LoadByKey(ctx, tx, items, keyColumns)
		if err != nil {
			return err
		}
		for _, u := range items {
			if stored, ok := before[query.KeyText(tx, u, keyColumns)]; ok && u.LoginID == nil {
				u.LoginID = stored.LoginID
			}
		}
		return upsertByNaturalKey(ctx, s, tx, items, changes, keyColumns)
	})
	return changes, err
}
