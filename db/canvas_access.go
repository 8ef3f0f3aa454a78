package db

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// A CanvasAccess holds the tokens for the Canvas of an account, encrypted with a key that is not
// in the store.
type CanvasAccess struct {
	bun.BaseModel `bun:"table:canvas_access,alias:cva"`

	AccountID    int64      `bun:"account_id,pk"`
	Token        []byte     `bun:"token"`
	RefreshToken []byte     `bun:"refresh_token"` // nil for a token that does not expire
	ExpiresAt    *time.Time `bun:"expires_at"`
	// ContactedAt is the time of the last request to Canvas; nil before the first one. Failure is
	// the reason why that request failed; nil if it succeeded.
	ContactedAt *time.Time `bun:"contacted_at"`
	Failure     *string    `bun:"failure"`
	// RenewingUntil is the time until which an instance has reserved the renewal of the token; nil
	// if it is not reserved.
	RenewingUntil *time.Time `bun:"renewing_until"`
}

// UpsertCanvasAccess writes the access to an account's Canvas.
func (s *Store) UpsertCanvasAccess(ctx context.Context, access *CanvasAccess) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return query.Upsert(ctx, tx, []*CanvasAccess{access}, []string{"account_id"})
	})
}

// LoadCanvasAccess returns the access to an account's Canvas. It fails with fault.NotFound when
// the access is not set up.
func (s *Store) LoadCanvasAccess(ctx context.Context, accountID int64) (*CanvasAccess, error) {
	access := &CanvasAccess{}
	err := s.db.NewSelect().Model(access).Where("account_id = ?", accountID).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the access to the Canvas of account %d: %w", accountID, query.WrapError(err))
	}
	return access, nil
}

// RecordCanvasAvailability records a request to an account's Canvas. Failure is the reason why it
// failed, or "".
func (s *Store) RecordCanvasAvailability(ctx context.Context, accountID int64, at time.Time, failure string) error {
	_, err := s.db.Write(ctx, s.db.NewUpdate().Model((*CanvasAccess)(nil)).Where("account_id = ?", accountID).
		Set("contacted_at = ?", at.UTC()).Set("failure = nullif(?, '')", failure))
	return err
}

// DeleteCanvasAccess deletes the access to an account's Canvas. It fails with fault.NotFound when
// the access is not set up.
func (s *Store) DeleteCanvasAccess(ctx context.Context, accountID int64) error {
	res, err := s.db.Write(ctx, s.db.NewDelete().Model((*CanvasAccess)(nil)).Where("account_id = ?", accountID))
	if err != nil {
		return fmt.Errorf("delete the access to the Canvas of account %d: %w", accountID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return fault.NotFound
}

// ClaimRenewal reserves the renewal of access.Token for the duration d, and reports whether it
// succeeded. It returns false if the stored token differs from access.Token or if another instance
// has reserved the renewal. One statement checks and updates the time by the clock of the database.
func (s *Store) ClaimRenewal(ctx context.Context, access *CanvasAccess, d time.Duration) (bool, error) {
	until, isOver := "strftime('%Y-%m-%d %H:%M:%f+00:00', 'now', ? || ' seconds')", "julianday(renewing_until) <= julianday('now')"
	if query.IsPostgres(s.db) {
		until, isOver = "clock_timestamp() + ? * interval '1 second'", "renewing_until <= clock_timestamp()"
	}
	return s.updateIfTokenUnchanged(ctx, access, func(q *bun.UpdateQuery) {
		q.Set("renewing_until = "+until, d.Seconds()).Where("renewing_until IS NULL OR " + isOver)
	})
}

// FinishRenewal ends the reservation, and stores the renewed token if renewed is not nil. It
// reports whether it succeeded. It returns false if the stored token differs from access.Token.
func (s *Store) FinishRenewal(ctx context.Context, access, renewed *CanvasAccess) (bool, error) {
	return s.updateIfTokenUnchanged(ctx, access, func(q *bun.UpdateQuery) {
		q.Set("renewing_until = NULL")
		if renewed != nil {
			q.Set("token = ?", renewed.Token).Set("refresh_token = ?", renewed.RefreshToken).Set("expires_at = ?", renewed.ExpiresAt)
		}
	})
}

// updateIfTokenUnchanged updates the access to an account's Canvas and returns true, unless the
// stored token differs from access.Token.
func (s *Store) updateIfTokenUnchanged(ctx context.Context, access *CanvasAccess, change func(*bun.UpdateQuery)) (bool, error) {
	q := s.db.NewUpdate().Model((*CanvasAccess)(nil)).Where("account_id = ? AND token = ?", access.AccountID, access.Token)
	change(q)
	res, err := s.db.Write(ctx, q)
	if err != nil {
		return false, fmt.Errorf("renew the token for the Canvas of account %d: %w", access.AccountID, err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// ListUnreachableAccounts returns the ids of the accounts whose last request to Canvas failed.
func (s *Store) ListUnreachableAccounts(ctx context.Context) (ids []int64, err error) {
	err = s.db.NewSelect().Model((*CanvasAccess)(nil)).Column("account_id").Where("failure IS NOT NULL").Order("account_id").Scan(ctx, &ids)
	return ids, query.WrapError(err)
}
