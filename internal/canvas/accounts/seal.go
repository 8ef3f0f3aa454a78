package accounts

import (
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/seal"
)

// The purposes of sealed tokens. They prevent that one kind of token is opened as the other,
// or in the row of another account.
func accessPurpose(account int64) string { return fmt.Sprintf("access token of account %d", account) }
func refreshPurpose(account int64) string {
	return fmt.Sprintf("refresh token of account %d", account)
}

// sealGrant returns the row of a grant.
func sealGrant(k *seal.Key, account int64, g canvas.Grant) *db.CanvasAccess {
	row := &db.CanvasAccess{AccountID: account, Token: k.Seal([]byte(g.AccessToken), accessPurpose(account))}
	if g.RefreshToken != "" {
		row.RefreshToken = k.Seal([]byte(g.RefreshToken), refreshPurpose(account))
	}
	if !g.ExpiresAt.IsZero() {
		row.ExpiresAt = new(g.ExpiresAt.UTC().Truncate(time.Microsecond))
	}
	return row
}

// openGrant returns the grant of a row. The error is ErrNotConfigured if the key does not open
// the tokens.
func openGrant(k *seal.Key, row *db.CanvasAccess) (g canvas.Grant, err error) {
	access, err := k.Open(row.Token, accessPurpose(row.AccountID))
	var refresh []byte
	if err == nil && row.RefreshToken != nil {
		refresh, err = k.Open(row.RefreshToken, refreshPurpose(row.AccountID))
	}
	if err != nil {
		return g, notConfiguredError{fmt.Errorf("open the Canvas token of account %d: %w", row.AccountID, err)}
	}
	g = canvas.Grant{AccessToken: string(access), RefreshToken: string(refresh)}
	if row.ExpiresAt != nil {
		g.ExpiresAt = *row.ExpiresAt
	}
	return g, nil
}

// CheckSeal fails with seal.ErrWrongKey or seal.ErrDamaged if a key does not open the tokens of a row.
func CheckSeal(k *seal.Key, row *db.CanvasAccess) error {
	_, err := openGrant(k, row)
	return err
}
