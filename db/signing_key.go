package db

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// A SigningKey is a key that this server signs with as an LTI tool. Sealed is its private part, encrypted
// with a key that is not in the store.
type SigningKey struct {
	bun.BaseModel `bun:"table:lti_key,alias:lky"`

	ID        string    `bun:"id,pk"`
	Sealed    []byte    `bun:"sealed"`
	CreatedAt time.Time `bun:"created_at"`
}

// SigningKeys returns the keys, the newest first.
func (s *Store) SigningKeys(ctx context.Context) (keys []*SigningKey, err error) {
	err = s.db.NewSelect().Model(&keys).OrderExpr("created_at DESC, id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the signing keys: %w", query.WrapError(err))
	}
	return keys, nil
}

// AddSigningKey stores a new key, and deletes the keys that were created before a time.
func (s *Store) AddSigningKey(ctx context.Context, k *SigningKey, before time.Time) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().Model((*SigningKey)(nil)).Where("created_at < ?", before.UTC()).Exec(ctx); err != nil {
			return fmt.Errorf("delete old signing keys: %w", query.WrapError(err))
		}
		if _, err := tx.NewInsert().Model(k).Exec(ctx); err != nil {
			return fmt.Errorf("store a signing key: %w", query.WrapError(err))
		}
		return nil
	})
}
