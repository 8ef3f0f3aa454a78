package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas/accounts"
	"github.com/momotor/resultgraph/internal/lti"
	"github.com/momotor/resultgraph/internal/seal"
)

// SecretKey checks that a key opens every sealed value of a store: the Canvas tokens of accounts and the keys
// that sign for LTI. The key is nil if there is none.
func SecretKey(ctx context.Context, store *db.Store, key *seal.Key) (Finding, error) {
	tokens, signingKeys, err := sealedValues(ctx, store)
	if err != nil {
		return Finding{}, err
	}
	switch n := len(tokens) + len(signingKeys); {
	case key == nil && n > 0:
		return fail("secret key", "restore secret.key in the data folder, or name the key with --secret-key; if it is lost, unset the Canvas tokens and set them again",
			"it is missing, and %d values in the database need it", n), nil
	case key == nil:
		return ok("secret key", "there is none yet; the first start creates it"), nil
	}
	return openAll(key, tokens, signingKeys), nil
}

func sealedValues(ctx context.Context, store *db.Store) (tokens []*db.CanvasAccess, signingKeys []*db.SigningKey, err error) {
	all, err := store.ListAccounts(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range all {
		if a.Access != nil {
			tokens = append(tokens, a.Access)
		}
	}
	signingKeys, err = store.SigningKeys(ctx)
	return tokens, signingKeys, err
}

func openAll(key *seal.Key, tokens []*db.CanvasAccess, signingKeys []*db.SigningKey) Finding {
	var lost []string
	for _, t := range tokens {
		if accounts.CheckSeal(key, t) != nil {
			lost = append(lost, fmt.Sprintf("the Canvas token of account %d", t.AccountID))
		}
	}
	if lost != nil {
		return fail("secret key", "use the key of the time when they were set, or set them again with “resultgraph account set”",
			"it does not open %s", strings.Join(lost, ", "))
	}
	for _, k := range signingKeys {
		if lti.CheckSeal(key, k) != nil {
			lost = append(lost, k.ID)
		}
	}
	if lost != nil {
		return warn("secret key", "use the key of the time when they were made; otherwise the server makes a new one at the next launch, and deletes these in half a year",
			"it does not open the signing keys %s", strings.Join(lost, ", "))
	}
	return ok("secret key", "it opens the Canvas tokens of %d accounts and %d signing keys", len(tokens), len(signingKeys))
}
