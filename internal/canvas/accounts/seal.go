package accounts

import (
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/seal"
)

// What tokens are sealed for: neither opens as the other, or in the row of another account.
func accessOf(account int64) string  { return fmt.Sprintf("access token of account %d", account) }
func refreshOf(account int64) string { return fmt.Sprintf("refresh token of account %d", account) }

// sealed is a grant as the store has it.
func sealed(k *seal.Key, account int64, g canvas.Grant) *db.CanvasAccess {
	row := &db.CanvasAccess{AccountID: account, Token: k.Seal([]byte(g.AccessToken), accessOf(account))}
	if g.RefreshToken != "" {
		row.RefreshToken = k.Seal([]byte(g.RefreshToken), refreshOf(account))
	}
	if !g.ExpiresAt.IsZero() {
		row.ExpiresAt = new(g.ExpiresAt.UTC().Truncate(time.Microsecond))
	}
	return row
}

// unsealed is the grant in a row. What does not open is ErrNotConfigured, with what to do.
func unsealed(k *seal.Key, row *db.CanvasAccess) (g canvas.Grant, err error) {
	access, err := k.Open(row.Token, accessOf(row.AccountID))
	var refresh []byte
	if err == nil && row.RefreshToken != nil {
		refresh, err = k.Open(row.RefreshToken, refreshOf(row.AccountID))
	}
	if err != nil {
		return g, notConfiguredError{fmt.Errorf("open the token for the Canvas of account %d: %w", row.AccountID, err)}
	}
	g = canvas.Grant{AccessToken: string(access), RefreshToken: string(refresh)}
	if row.ExpiresAt != nil {
		g.ExpiresAt = *row.ExpiresAt
	}
	return g, nil
}
