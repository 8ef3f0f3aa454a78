package ingest

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// UpsertUsersKeepLogin is PutUsers for people of whom not everything may be seen: a login that is not
// known now stays what it was.
func UpsertUsersKeepLogin(ctx context.Context, s *db.Store, items []*db.User) ([]Change, error) {
	changes := make([]Change, len(items))
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		clear(changes)
		natural := []string{"account_id", "canvas_id"}
		if len(items) == 0 {
			return nil
		}
		before, err := loadByNaturalKey(ctx, tx, items, natural)
		if err != nil {
			return err
		}
		for _, u := range items {
			if was, ok := before[naturalKey(query.TableOf[db.User](tx).FieldMap, natural, u)]; ok && u.LoginID == nil {
				u.LoginID = was.LoginID
			}
		}
		return upsertNatural(ctx, tx, items, changes, natural)
	})
	return changes, err
}
