package access

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"

	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/pseudonym"
	"github.com/momotor/resultgraph/internal/seal"
)

// NewPseudonymSecret returns a new secret for the pseudonyms of the key with a prefix, sealed: the value of
// KeyRecord.PseudonymSecret. Each key has its own secret, so that holders of two keys cannot compare their
// pseudonyms.
func NewPseudonymSecret(k *seal.Key, prefix string) string {
	return base64.StdEncoding.EncodeToString(k.Seal(pseudonym.NewSecret(), pseudonymPurpose(prefix)))
}

// pseudonymPurpose is the purpose of a sealed secret. It prevents that the secret is used for another key.
func pseudonymPurpose(prefix string) string { return "pseudonyms of the API key " + prefix }

var (
	errNoSeal       = errors.New("the secret key is not configured")
	errNoPseudonyms = fault.New(fault.Unavailable, "This API key cannot be used at the moment: ask the operator to check its secret, or to create a new key.")
)

// pseudonyms returns the key of the pseudonyms of r, or nil if r has none.
func (a *Authenticator) pseudonyms(ctx context.Context, r *KeyRecord) (*pseudonym.Key, error) {
	if r.PseudonymSecret == "" {
		return nil, nil
	}
	k, err := openPseudonyms(a.Seal, r)
	if err != nil {
		a.Log.LogAttrs(ctx, slog.LevelError, "secret of an API key cannot be opened; set the secret key that sealed it, or create a new key",
			slog.String("prefix", r.Prefix), slog.Any("error", err))
		return nil, fmt.Errorf("%w: %w", errNoPseudonyms, err)
	}
	return k, nil
}

func openPseudonyms(k *seal.Key, r *KeyRecord) (*pseudonym.Key, error) {
	if k == nil {
		return nil, errNoSeal
	}
	sealed, err := base64.StdEncoding.DecodeString(r.PseudonymSecret)
	if err != nil {
		return nil, seal.ErrDamaged
	}
	secret, err := k.Open(sealed, pseudonymPurpose(r.Prefix))
	if err != nil {
		return nil, err
	}
	return pseudonym.NewKey(secret)
}
