package ingest

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// UpsertAPIKeys writes API keys, identified by their prefixes. A revoked key stays revoked, and a key that may
// read only figures or pseudonyms stays such a key. A stored hash in the format of this program (see
// access.Keys) is not replaced by a hash in another format.
func UpsertAPIKeys(ctx context.Context, s *db.Store, items []*db.APIKeyItem) ([]Change, error) {
	changes := make([]Change, len(items))
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		keys := make([]*db.APIKey, len(items))
		for i, item := range items {
			keys[i] = &item.Key
		}
		if err := lockKeys(ctx, tx, keys); err != nil {
			return err
		}
		old, err := query.LoadByKey(ctx, tx, keys, []string{"prefix"})
		if err != nil {
			return err
		}
		for _, k := range keys {
			if before := old[k.Prefix+"\x00"]; before != nil {
				k.Revoked = k.Revoked || before.Revoked
				k.MinGroup = cmp.Or(k.MinGroup, before.MinGroup)
				k.Pseudonymous = k.Pseudonymous || before.Pseudonymous
				if renewed := strings.HasPrefix(before.HashedKey, "sha512$$"); renewed && !strings.HasPrefix(k.HashedKey, "sha512$$") {
					k.HashedKey = before.HashedKey
				}
			}
		}
		if err := upsertByNaturalKey(ctx, s, tx, keys, changes, []string{"prefix"}); err != nil {
			return err
		}
		for i, item := range items {
			changed, err := db.SetKeyCourses(ctx, tx, item)
			if err != nil {
				return err
			}
			if changed && changes[i] == Unchanged {
				changes[i] = Updated
			}
		}
		return nil
	})
	return changes, err
}

// lockKeys locks the stored rows of keys until the end of the transaction, so that a key that is revoked
// or updated meanwhile keeps that change. Transactions can still add rows that refer to the keys.
func lockKeys(ctx context.Context, tx bun.Tx, keys []*db.APIKey) error {
	if !query.IsPostgres(tx) { // transactions of SQLite exclude each other
		return nil
	}
	prefixes := make([]string, len(keys))
	for i, k := range keys {
		prefixes[i] = k.Prefix
	}
	var ids []int64
	err := tx.NewSelect().Model((*db.APIKey)(nil)).Column("id").Where("prefix IN (?)", bun.List(prefixes)).Order("id").For("NO KEY UPDATE").Scan(ctx, &ids)
	if err != nil {
		return fmt.Errorf("lock the existing keys: %w", err)
	}
	return nil
}
