package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/internal/fault"
)

// A CanvasAccess is how the Canvas of an account is reached. The tokens are encrypted;
// the store does not have the key.
type CanvasAccess struct {
	bun.BaseModel `bun:"table:canvas_access,alias:ca"`

	AccountID    int64      `bun:"account_id,pk"`
	Token        []byte     `bun:"token"`
	RefreshToken []byte     `bun:"refresh_token"` // nil for a token that does not expire
	ExpiresAt    *time.Time `bun:"expires_at"`
	// ContactedAt is when Canvas was last asked something, nil before that; Failure says
	// how that failed, nil if it did not.
	ContactedAt *time.Time `bun:"contacted_at"`
	Failure     *string    `bun:"failure"`
	// RenewingUntil is until when a program has the token to itself to renew it; nil when
	// none does.
	RenewingUntil *time.Time `bun:"renewing_until"`
}

// PutCanvasAccess writes how an account's Canvas is reached, in place of what was there.
func (s *Store) PutCanvasAccess(ctx context.Context, a *CanvasAccess) error {
	return s.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return upsert(ctx, tx, []*CanvasAccess{a}, []string{"account_id"})
	})
}

// CanvasAccess returns how an account's Canvas is reached. It fails with fault.NotFound
// when that is not set up.
func (s *Store) CanvasAccess(ctx context.Context, accountID int64) (*CanvasAccess, error) {
	a := &CanvasAccess{}
	err := s.db.NewSelect().Model(a).Where("account_id = ?", accountID).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the access to the Canvas of account %d: %w", accountID, wrap(err))
	}
	return a, nil
}

// NoteCanvasContact records that an account's Canvas was asked something, and how that
// failed; "" is that it did not.
func (s *Store) NoteCanvasContact(ctx context.Context, accountID int64, at time.Time, failure string) error {
	_, err := s.db.NewUpdate().Model((*CanvasAccess)(nil)).Where("account_id = ?", accountID).
		Set("contacted_at = ?", at.UTC()).Set("failure = nullif(?, '')", failure).Exec(ctx)
	return wrap(err)
}

// RemoveCanvasAccess forgets how an account's Canvas is reached. It fails with
// fault.NotFound when that is not set up.
func (s *Store) RemoveCanvasAccess(ctx context.Context, accountID int64) error {
	res, err := s.db.NewDelete().Model((*CanvasAccess)(nil)).Where("account_id = ?", accountID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("forget the access to the Canvas of account %d: %w", accountID, wrap(err))
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return fault.NotFound
}

// reachable fails with fault.Unavailable when a course's Canvas can not be written to.
func (c *Changing) reachable(ctx context.Context, course int64) error {
	var readonly, known bool
	var failure *string
	err := c.tx.NewSelect().TableExpr("course AS c").Join("LEFT JOIN canvas_access AS ca ON ca.account_id = c.account_id").
		ColumnExpr("c.readonly, ca.account_id IS NOT NULL AS known, ca.failure").Where("c.id = ?", course).
		Scan(ctx, &readonly, &known, &failure)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fault.NotFound
	case err != nil:
		return fmt.Errorf("read the access to the Canvas of course %d: %w", course, err)
	case readonly:
		return fault.New(fault.Unavailable, "Unable to process request: the course is read-only.")
	case !known:
		return fault.New(fault.Unavailable, "Unable to process request: the account's Canvas is not set up.")
	case failure != nil:
		return fault.New(fault.Unavailable, "Unable to process request: the last connection to the account's Canvas failed.")
	}
	return nil
}
