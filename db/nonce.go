package db

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// UseNonce records the use of a value that may be used once, such as the nonce of a launch, and reports whether
// it was unused. The record remains until expires; a value must not be accepted after that. Of concurrent
// transactions that use the same value, on any instance, one succeeds.
func UseNonce(ctx context.Context, tx bun.IDB, nonce string, expires, now time.Time) (wasUnused bool, err error) {
	if _, err := tx.NewRaw("DELETE FROM lti_nonce WHERE expires_at < ?", now.UTC()).Exec(ctx); err != nil {
		return false, fmt.Errorf("delete expired nonces: %w", query.WrapError(err))
	}
	res, err := tx.NewRaw("INSERT INTO lti_nonce (nonce, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING", nonce, expires.UTC()).Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("record a nonce: %w", query.WrapError(err))
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// IsNonceUsed reports whether UseNonce has recorded a value.
func (s *Store) IsNonceUsed(ctx context.Context, nonce string) (bool, error) {
	used, err := s.db.NewSelect().Table("lti_nonce").Where("nonce = ?", nonce).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("read a nonce: %w", query.WrapError(err))
	}
	return used, nil
}
