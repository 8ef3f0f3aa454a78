package db

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// ClaimRenewal reserves the renewal of a token for the caller, for a while, and tells
// whether it did: not when the token is no longer that of a, or when another program has
// reserved it. One statement decides, by the clock of the database.
func (s *Store) ClaimRenewal(ctx context.Context, a *CanvasAccess, d time.Duration) (bool, error) {
	until, over := "strftime('%Y-%m-%d %H:%M:%f+00:00', 'now', ? || ' seconds')", "julianday(renewing_until) <= julianday('now')"
	if isPostgres(s.db) {
		until, over = "clock_timestamp() + ? * interval '1 second'", "renewing_until <= clock_timestamp()"
	}
	return s.renew(ctx, a, func(q *bun.UpdateQuery) {
		q.Set("renewing_until = "+until, d.Seconds()).Where("renewing_until IS NULL OR " + over)
	})
}

// EndRenewal writes what a token was renewed to, a nil fresh when it was not, and lets
// others renew it. It tells whether it did: not when the token is no longer that of a.
func (s *Store) EndRenewal(ctx context.Context, a, fresh *CanvasAccess) (bool, error) {
	return s.renew(ctx, a, func(q *bun.UpdateQuery) {
		q.Set("renewing_until = NULL")
		if fresh != nil {
			q.Set("token = ?", fresh.Token).Set("refresh_token = ?", fresh.RefreshToken).Set("expires_at = ?", fresh.ExpiresAt)
		}
	})
}

// renew changes the access to an account's Canvas if its token is still that of a.
func (s *Store) renew(ctx context.Context, a *CanvasAccess, change func(*bun.UpdateQuery)) (bool, error) {
	q := s.db.NewUpdate().Model((*CanvasAccess)(nil)).Where("account_id = ? AND token = ?", a.AccountID, a.Token)
	change(q)
	res, err := q.Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("renew the token for the Canvas of account %d: %w", a.AccountID, wrap(err))
	}
	n, err := res.RowsAffected()
	return n > 0, err
}
