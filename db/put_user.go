package db

import (
	"context"

	"github.com/uptrace/bun"
)

// MeetUsers is PutUsers for people of whom not everything may be seen: a login that is not
// known now stays what it was.
func (s *Store) MeetUsers(ctx context.Context, items []*User) ([]Change, error) {
	changes := make([]Change, len(items))
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		clear(changes)
		natural := []string{"account_id", "canvas_id"}
		if len(items) == 0 {
			return nil
		}
		before, err := byNatural(ctx, tx, items, natural)
		if err != nil {
			return err
		}
		for _, u := range items {
			if was, ok := before[naturalKey(tableOf[User](tx).FieldMap, natural, u)]; ok && u.LoginID == nil {
				u.LoginID = was.LoginID
			}
		}
		return putIn(ctx, tx, items, changes, natural)
	})
	return changes, err
}
